/* The primitives of one recurrent layer. oneDNN has types per cell and direction; here they differ by arguments alone.
 */
#pragma once

#include <string>
#include <oneapi/dnnl/dnnl.hpp>

/* The sizes of a layer: T steps of B rows, I inputs, H hidden units. */
struct Shape {
    std::string cell; // "lstm", "gru" (reset after) or "rnn_tanh"
    long T, B, I, H;

    bool lstm() const { return cell == "lstm"; }
    bool gru() const { return cell == "gru"; }
    long gates() const { return lstm() ? 4 : gru() ? 3 : 1; }
    long biases() const { return gru() ? 4 : gates(); } // the GRU has two for its candidate

    bool operator==(const Shape &other) const {
        return cell == other.cell && T == other.T && B == other.B && I == other.I && H == other.H;
    }
};

/* How the arrays of a layer lie in memory. With the tag any the primitive chooses for the weights. */
struct Descs {
    dnnl::memory::desc x, h, w_ih, w_hh, b, y;

    Descs(const Shape &shape, dnnl::memory::format_tag weights);
};

/* Forward for inference, without backward; or forward for training, and backward with the gradients of everything. */
struct PrimitiveDescs {
    dnnl::primitive_desc forward, backward;

    /* Throws dnnl::error or std::runtime_error when there are no such primitives. */
    static PrimitiveDescs inference(const Shape &shape, const Descs &descs, const dnnl::engine &engine);
    static PrimitiveDescs training(const Shape &shape, const Descs &forward, const Descs &backward,
                                   const Descs &gradients, const dnnl::engine &engine);
};
