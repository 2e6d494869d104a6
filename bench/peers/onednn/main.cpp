/*
 * The peer oneDNN of `nativernn bench --grid --peers`: answers each line of standard input by one line; see
 * ../README.md. It ends with its input.
 */
#include <chrono>
#include <iostream>
#include <memory>
#include <optional>
#include <stdexcept>
#include <omp.h>

#include "json.h"
#include "layer.h"

namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
    return std::chrono::duration<double>(Clock::now() - start).count();
}

/* Seconds of one run: the mean over as many as begin within the slice, after one that does not count. */
double time_runs(Layer &layer, double slice) {
    layer.run();
    auto start = Clock::now();
    int runs = 0;
    do {
        layer.run();
        runs++;
    } while (seconds_since(start) < slice);
    return seconds_since(start) / runs;
}

struct Prepared {
    std::unique_ptr<Layer> layer;
    Weights weights;
};

/* The layers of the shape that was asked for last, by threads. */
struct Cache {
    std::optional<Shape> shape;
    bool training = false;
    std::map<int, Prepared> layers;
};

Shape shape_of(const Json &request) {
    return {request.text("cell"), (long)request.number("T"), (long)request.number("B"), (long)request.number("I"),
            (long)request.number("H")};
}

bool training_of(const Json &request) {
    return request.text("mode") == "train";
}

/* The faster of the two ways to bring the weights to the primitives. Inference packs them once: no choice to make. */
Prepared prepare(const Shape &shape, bool training, double slice) {
    Prepared packed{std::make_unique<Layer>(shape, training, Weights::Packed), Weights::Packed};
    if (!training)
        return packed;
    Prepared plain{std::make_unique<Layer>(shape, training, Weights::Plain), Weights::Plain};
    return time_runs(*plain.layer, slice) < time_runs(*packed.layer, slice) ? std::move(plain) : std::move(packed);
}

std::string answer_layer(const Json &request, Cache &cache) {
    auto shape = shape_of(request);
    auto training = training_of(request);
    auto threads = (int)request.number("threads");
    auto slice = request.number("seconds");
    if (!cache.shape || !(*cache.shape == shape) || cache.training != training)
        cache = {shape, training, {}};
    omp_set_num_threads(threads);
    if (!cache.layers.count(threads))
        cache.layers[threads] = prepare(shape, training, slice);
    auto &prepared = cache.layers[threads];
    auto milliseconds = time_runs(*prepared.layer, slice) * 1e3;
    return "{\"ms\":" + std::to_string(milliseconds) + ",\"note\":\"" +
           (prepared.weights == Weights::Packed ? "packed" : "plain") + " weights\"}";
}

std::string answer_check(const Json &request) {
    auto shape = shape_of(request);
    auto training = training_of(request);
    Layer layer(shape, training, Weights::Packed);
    std::vector<std::string> inputs{"x", "w_ih", "w_hh", "b_ih", "b_hh", "h0"}, outputs{"y"};
    if (shape.lstm())
        inputs.push_back("c0");
    if (training) {
        inputs.push_back("dy");
        outputs.insert(outputs.end(), {"dx", "dw_ih", "dw_hh", "db_ih", "db_hh", "dh0"});
    }
    if (training && shape.lstm())
        outputs.push_back("dc0");
    for (auto &name : inputs)
        layer.set(name, request.numbers(name));
    layer.clear_gradients();
    layer.prepare();
    layer.run();
    std::string answer;
    for (auto &name : outputs)
        answer += (answer.empty() ? "{\"" : ",\"") + name + "\":" + json_array(layer.get(name));
    return answer + "}";
}

std::string answer(const std::string &line, Cache &cache) {
    Json request(line);
    auto op = request.text("op");
    if (op == "layer")
        return answer_layer(request, cache);
    if (op == "check")
        return answer_check(request);
    throw std::runtime_error("oneDNN has no answer to " + op);
}

/* The best instruction set that oneDNN uses here. */
std::string isa() {
    switch (dnnl::get_effective_cpu_isa()) {
    case dnnl::cpu_isa::sse41:
        return "SSE4.1";
    case dnnl::cpu_isa::avx:
        return "AVX";
    case dnnl::cpu_isa::avx2:
    case dnnl::cpu_isa::avx2_vnni:
        return "AVX2";
    case dnnl::cpu_isa::all:
        return "all instruction sets";
    default: // all that are left
        return "AVX-512";
    }
}

std::string hello() {
    auto *version = dnnl::version();
    auto number =
        std::to_string(version->major) + "." + std::to_string(version->minor) + "." + std::to_string(version->patch);
    return "{\"name\":\"oneDNN\",\"version\":\"" + number +
           "\",\"details\":" + json_quote(isa() + ", peer built by GCC " __VERSION__) + "}";
}

} // namespace

int main() {
    Cache cache;
    std::cout << hello() << std::endl;
    for (std::string line; std::getline(std::cin, line);) {
        try {
            std::cout << answer(line, cache) << std::endl;
        } catch (const std::exception &e) {
            std::cout << "{\"error\":" << json_quote(e.what()) << "}" << std::endl;
        }
    }
}
