#include "primitives.h"

#include <stdexcept>

using namespace dnnl;
using tag = memory::format_tag;

namespace {

constexpr auto LeftToRight = rnn_direction::unidirectional_left2right;
constexpr auto Tanh = algorithm::eltwise_tanh;

memory::desc floats(memory::dims dims, tag format) {
    return {dims, memory::data_type::f32, format};
}

auto lstm(prop_kind kind, const Descs &d, const engine &engine) {
    return lstm_forward::primitive_desc({kind, LeftToRight, d.x, d.h, d.h, d.w_ih, d.w_hh, d.b, d.y, d.h, d.h}, engine);
}

auto gru(prop_kind kind, const Descs &d, const engine &engine) {
    return lbr_gru_forward::primitive_desc({kind, LeftToRight, d.x, d.h, d.w_ih, d.w_hh, d.b, d.y, d.h}, engine);
}

auto rnn(prop_kind kind, const Descs &d, const engine &engine) {
    return vanilla_rnn_forward::primitive_desc({kind, Tanh, LeftToRight, d.x, d.h, d.w_ih, d.w_hh, d.b, d.y, d.h},
                                               engine);
}

void require_rnn(const Shape &shape) {
    if (shape.cell != "rnn_tanh")
        throw std::runtime_error("oneDNN has no cell " + shape.cell);
}

} // namespace

Descs::Descs(const Shape &s, tag weights)
    : x(floats({s.T, s.B, s.I}, tag::tnc)), h(floats({1, 1, s.B, s.H}, tag::ldnc)),
      w_ih(floats({1, 1, s.I, s.gates(), s.H}, weights)), w_hh(floats({1, 1, s.H, s.gates(), s.H}, weights)),
      b(floats({1, 1, s.biases(), s.H}, tag::ldgo)), y(floats({s.T, s.B, s.H}, tag::tnc)) {}

PrimitiveDescs PrimitiveDescs::inference(const Shape &shape, const Descs &d, const engine &engine) {
    constexpr auto Kind = prop_kind::forward_inference;
    if (shape.lstm())
        return {lstm(Kind, d, engine), {}};
    if (shape.gru())
        return {gru(Kind, d, engine), {}};
    require_rnn(shape);
    return {rnn(Kind, d, engine), {}};
}

PrimitiveDescs PrimitiveDescs::training(const Shape &shape, const Descs &f, const Descs &d, const Descs &g,
                                        const engine &engine) {
    constexpr auto Kind = prop_kind::forward_training, Backward = prop_kind::backward;
    if (shape.lstm()) {
        auto forward = lstm(Kind, f, engine);
        return {forward,
                lstm_backward::primitive_desc({Backward, LeftToRight, d.x, d.h, d.h,    d.w_ih, d.w_hh, d.b, d.y, d.h,
                                               d.h,      g.x,         g.h, g.h, g.w_ih, g.w_hh, g.b,    g.y, g.h, g.h},
                                              engine, forward)};
    }
    if (shape.gru()) {
        auto forward = gru(Kind, f, engine);
        return {forward, lbr_gru_backward::primitive_desc({Backward, LeftToRight, d.x, d.h, d.w_ih, d.w_hh, d.b, d.y,
                                                           d.h, g.x, g.h, g.w_ih, g.w_hh, g.b, g.y, g.h},
                                                          engine, forward)};
    }
    require_rnn(shape);
    auto forward = rnn(Kind, f, engine);
    return {forward, vanilla_rnn_backward::primitive_desc({Backward, Tanh, LeftToRight, d.x, d.h, d.w_ih, d.w_hh, d.b,
                                                           d.y, d.h, g.x, g.h, g.w_ih, g.w_hh, g.b, g.y, g.h},
                                                          engine, forward)};
}
