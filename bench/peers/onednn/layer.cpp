#include "layer.h"

#include <algorithm>
#include <random>

using namespace dnnl;
using tag = memory::format_tag;

Layer::Layer(const Shape &shape, bool training, Weights weights) : shape_(shape), training_(training) {
    Descs stored(shape, tag::ldigo);
    make("x", stored.x), make("h0", stored.h), make("c0", stored.h), make("b", stored.b);
    make("w_ih", stored.w_ih), make("w_hh", stored.w_hh);
    make("y", stored.y), make("h", stored.h), make("c", stored.h);
    auto packed = weights == Weights::Packed;
    Descs forward(shape, packed ? tag::any : tag::ldigo), backward(shape, packed ? tag::any : tag::ldgoi);
    auto descs = training ? PrimitiveDescs::training(shape, forward, backward, Descs(shape, tag::any), engine_)
                          : PrimitiveDescs::inference(shape, forward, engine_);
    make_forward(descs.forward);
    if (training)
        make_backward(descs.backward);
    prepare();
}

void Layer::make_forward(const primitive_desc &desc) {
    reorder_later("w_ih", "forward_w_ih", desc.query_md(query::exec_arg_md, DNNL_ARG_WEIGHTS_LAYER));
    reorder_later("w_hh", "forward_w_hh", desc.query_md(query::exec_arg_md, DNNL_ARG_WEIGHTS_ITER));
    forward_ = primitive(desc);
    forward_arguments_ = {{DNNL_ARG_SRC_LAYER, arrays_["x"]},
                          {DNNL_ARG_SRC_ITER, arrays_["h0"]},
                          {DNNL_ARG_WEIGHTS_LAYER, arrays_["forward_w_ih"]},
                          {DNNL_ARG_WEIGHTS_ITER, arrays_["forward_w_hh"]},
                          {DNNL_ARG_BIAS, arrays_["b"]},
                          {DNNL_ARG_DST_LAYER, arrays_["y"]},
                          {DNNL_ARG_DST_ITER, arrays_["h"]}};
    if (training_)
        forward_arguments_[DNNL_ARG_WORKSPACE] = make("workspace", desc.query_md(query::workspace_md));
    if (shape_.lstm()) {
        forward_arguments_[DNNL_ARG_SRC_ITER_C] = arrays_["c0"];
        forward_arguments_[DNNL_ARG_DST_ITER_C] = arrays_["c"];
    }
}

void Layer::make_backward(const primitive_desc &desc) {
    Descs gradients(shape_, tag::any);
    reorder_later("w_ih", "backward_w_ih", desc.query_md(query::exec_arg_md, DNNL_ARG_WEIGHTS_LAYER));
    reorder_later("w_hh", "backward_w_hh", desc.query_md(query::exec_arg_md, DNNL_ARG_WEIGHTS_ITER));
    backward_ = primitive(desc);
    backward_arguments_ = forward_arguments_;
    auto &all = backward_arguments_;
    all[DNNL_ARG_WEIGHTS_LAYER] = arrays_["backward_w_ih"];
    all[DNNL_ARG_WEIGHTS_ITER] = arrays_["backward_w_hh"];
    all[DNNL_ARG_DIFF_WEIGHTS_LAYER] = make("dw_ih", desc.query_md(query::exec_arg_md, DNNL_ARG_DIFF_WEIGHTS_LAYER));
    all[DNNL_ARG_DIFF_WEIGHTS_ITER] = make("dw_hh", desc.query_md(query::exec_arg_md, DNNL_ARG_DIFF_WEIGHTS_ITER));
    all[DNNL_ARG_DIFF_BIAS] = make("db", gradients.b);
    all[DNNL_ARG_DIFF_SRC_LAYER] = make("dx", gradients.x);
    all[DNNL_ARG_DIFF_SRC_ITER] = make("dh0", gradients.h);
    all[DNNL_ARG_DIFF_DST_LAYER] = make("dy", gradients.y);
    all[DNNL_ARG_DIFF_DST_ITER] = make("dh", gradients.h);
    if (shape_.lstm()) {
        all[DNNL_ARG_DIFF_SRC_ITER_C] = make("dc0", gradients.h);
        all[DNNL_ARG_DIFF_DST_ITER_C] = make("dc", gradients.h);
    }
    clear_gradients();
}

void Layer::run() {
    if (training_)
        prepare();
    forward_.execute(stream_, forward_arguments_);
    if (training_)
        backward_.execute(stream_, backward_arguments_);
    stream_.wait();
}

void Layer::prepare() {
    for (auto &[reorder, arguments] : reorders_)
        reorder.execute(stream_, arguments);
    stream_.wait();
}

/* Memory with small random numbers; what is written anyway begins with them too. */
memory &Layer::make(const std::string &name, const memory::desc &desc) {
    memory array(desc, engine_);
    std::minstd_rand random((unsigned)arrays_.size() + 1);
    std::uniform_real_distribution<float> uniform(-0.05f, 0.05f);
    auto *values = static_cast<float *>(array.get_data_handle());
    std::generate_n(values, desc.get_size() / sizeof(float), [&] { return uniform(random); });
    return arrays_[name] = array;
}

/* Weights that are stored as the primitive wants them are used where they are. */
void Layer::reorder_later(const std::string &from, const std::string &to, const memory::desc &desc) {
    auto &stored = arrays_[from];
    if (desc == stored.get_desc()) {
        arrays_[to] = stored;
        return;
    }
    auto &wanted = make(to, desc);
    reorders_.emplace_back(reorder(stored, wanted), Arguments{{DNNL_ARG_FROM, stored}, {DNNL_ARG_TO, wanted}});
}

void Layer::clear_gradients() {
    for (auto *name : {"dw_ih", "dw_hh", "db", "dh", "dc"}) {
        auto array = arrays_.find(name);
        if (array == arrays_.end())
            continue;
        auto *values = static_cast<float *>(array->second.get_data_handle());
        std::fill_n(values, array->second.get_desc().get_size() / sizeof(float), 0.0f);
    }
}

void Layer::set(const std::string &name, const std::vector<float> &values) {
    if (name == "b_ih" || name == "b_hh") {
        biases_[name] = swap_gates(values);
        return set_bias();
    }
    bool weights = name == "w_ih" || name == "w_hh";
    auto &array = arrays_[name];
    auto desc = array.get_desc();
    if (weights)
        desc = memory::desc(desc.dims(), memory::data_type::f32, tag::ldgoi); // PyTorch's [G·H, I]
    auto ordered = weights ? swap_gates(values) : values;
    if (ordered.size() * sizeof(float) != desc.get_size())
        throw std::runtime_error(name + " has the wrong length");
    memory given(desc, engine_, ordered.data());
    reorder(given, array).execute(stream_, given, array);
    stream_.wait();
}

std::vector<float> Layer::get(const std::string &name) {
    if (name == "db_ih" || name == "db_hh") {
        auto *db = static_cast<float *>(arrays_["db"].get_data_handle());
        std::vector<float> values(db, db + shape_.gates() * shape_.H);
        if (shape_.gru() && name == "db_hh") // the candidate's second bias
            std::copy_n(db + 3 * shape_.H, shape_.H, values.begin() + 2 * shape_.H);
        return swap_gates(values);
    }
    bool weights = name == "dw_ih" || name == "dw_hh";
    auto &array = arrays_[name];
    auto desc = array.get_desc();
    if (weights)
        desc = memory::desc(desc.dims(), memory::data_type::f32, tag::ldgoi);
    std::vector<float> values(desc.get_size() / sizeof(float));
    memory wanted(desc, engine_, values.data());
    reorder(array, wanted).execute(stream_, array, wanted);
    stream_.wait();
    return weights ? swap_gates(values) : values;
}

/* PyTorch's GRU has the gates r, z, n, oneDNN's z, r, n. Twice is as before. */
std::vector<float> Layer::swap_gates(std::vector<float> values) const {
    auto gate = values.size() / shape_.gates();
    if (shape_.gru())
        std::swap_ranges(values.begin(), values.begin() + gate, values.begin() + gate);
    return values;
}

/* oneDNN adds one bias where PyTorch has two; but the GRU's candidate keeps its own, inside the reset gate. */
void Layer::set_bias() {
    auto &ih = biases_["b_ih"], &hh = biases_["b_hh"];
    auto length = (size_t)(shape_.gates() * shape_.H), summed = shape_.gru() ? (size_t)(2 * shape_.H) : length;
    if (ih.size() != length || hh.size() != length)
        return; // the other one is still to come
    auto *b = static_cast<float *>(arrays_["b"].get_data_handle());
    for (size_t i = 0; i < length; i++)
        b[i] = i < summed ? ih[i] + hh[i] : ih[i];
    if (shape_.gru())
        std::copy_n(hh.begin() + summed, shape_.H, b + length);
}
