/* One recurrent layer of oneDNN with its data: what is measured and what is checked. */
#pragma once

#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include "primitives.h"

/* How the weights come to the primitives. They are stored in the plain order ldigo. */
enum class Weights {
    Packed, // in the order that each primitive likes best, by a reorder
    Plain,  // as stored for forward, by a transposition for backward
};

class Layer {
  public:
    /* Random data. Made for as many threads as OpenMP uses now. */
    Layer(const Shape &shape, bool training, Weights weights);

    /*
     * Training: weights into the primitives' orders, as after every update, then forward, then backward with all
     * gradients. The gradients of the weights are left in the order that the primitive likes. Inference: forward, with
     * weights that are in order already.
     */
    void run();

    /* Arrays by name, in PyTorch's shapes and gate order: x, w_ih, w_hh, b_ih, b_hh, h0, c0, dy. */
    void set(const std::string &name, const std::vector<float> &values);

    /* y, and after training dx, dw_ih, dw_hh, db_ih, db_hh, dh0, dc0. */
    std::vector<float> get(const std::string &name);

    /* Brings the weights into order: what inference does once. */
    void prepare();

    /* Gradients of weights are added to: before a check they start at zero. */
    void clear_gradients();

  private:
    using Arguments = std::unordered_map<int, dnnl::memory>;

    void make_forward(const dnnl::primitive_desc &desc);
    void make_backward(const dnnl::primitive_desc &desc);
    dnnl::memory &make(const std::string &name, const dnnl::memory::desc &desc);
    void reorder_later(const std::string &from, const std::string &to, const dnnl::memory::desc &desc);
    std::vector<float> swap_gates(std::vector<float> values) const;
    void set_bias();

    Shape shape_;
    bool training_;
    dnnl::engine engine_{dnnl::engine::kind::cpu, 0};
    dnnl::stream stream_{engine_};
    dnnl::primitive forward_, backward_;
    Arguments forward_arguments_, backward_arguments_;
    std::vector<std::pair<dnnl::reorder, Arguments>> reorders_;
    std::map<std::string, dnnl::memory> arrays_;
    std::map<std::string, std::vector<float>> biases_;
};
