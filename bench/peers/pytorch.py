"""The peer PyTorch of `nativernn bench --grid --peers`: answers each line of standard input by one line; see README.md.

It ends with its input. OPENBLAS_NUM_THREADS, which PyTorch cannot change later, is the business of whoever starts it.
"""
import json
import os
import resource
import sys
import time

import torch
from torch import nn

CELLS = {"lstm": nn.LSTM, "gru": nn.GRU, "rnn_tanh": nn.RNN}


class Layer:
    """One recurrent layer with its data: what is measured and what is checked."""

    def __init__(self, cell, T, B, I, H, training):
        torch.manual_seed(1)
        self.training = training
        self.rnn = CELLS[cell](I, H)
        self.x = torch.randn(T, B, I, requires_grad=training)
        self.h0 = torch.randn(1, B, H, requires_grad=training)
        self.c0 = torch.randn(1, B, H, requires_grad=training) if cell == "lstm" else None
        self.dy = torch.randn(T, B, H) * 0.01

    def set(self, arrays):
        """Takes the given arrays instead of random ones."""
        def fill(tensor, name):
            tensor.data.copy_(torch.tensor(arrays[name]).reshape(tensor.shape))

        for tensor, name in zip((self.x, self.h0, self.dy), ("x", "h0", "dy")):
            fill(tensor, name)
        if self.c0 is not None:
            fill(self.c0, "c0")
        for name, parameter in self.named_parameters():
            fill(parameter, name)

    def named_parameters(self):
        """The parameters under the names of the protocol: w_ih, w_hh, b_ih, b_hh."""
        return [(name.replace("weight", "w").replace("bias", "b").removesuffix("_l0"), parameter)
                for name, parameter in self.rnn.named_parameters()]

    def run(self):
        """Forward, and for training backward with all gradients. The weights have no other order than PyTorch's."""
        state = (self.h0, self.c0) if self.c0 is not None else self.h0
        if not self.training:
            with torch.inference_mode():
                return self.rnn(self.x, state)[0]
        for tensor in (self.x, self.h0, self.c0, *self.rnn.parameters()):
            if tensor is not None:
                tensor.grad = None
        y = self.rnn(self.x, state)[0]
        y.backward(self.dy)
        return y


class Peer:
    """Keeps the layer that was asked for last."""

    def __init__(self):
        self.key, self.layer = None, None

    def answer_layer(self, request):
        torch.set_num_threads(request["threads"])
        key = [request[name] for name in ("cell", "T", "B", "I", "H", "mode")]
        if key != self.key:
            self.layer = None  # two need not fit
            self.key, self.layer = key, Layer(*key[:5], training=key[5] == "train")
        return {"ms": time_runs(self.layer.run, request["seconds"]) * 1e3}

    def answer_check(self, request):
        training = request["mode"] == "train"
        layer = Layer(*(request[name] for name in ("cell", "T", "B", "I", "H")), training)
        layer.set(request)
        answer = {"y": layer.run()}
        if training:
            answer |= {"dx": layer.x.grad, "dh0": layer.h0.grad}
            answer |= {"d" + name: parameter.grad for name, parameter in layer.named_parameters()}
            if layer.c0 is not None:
                answer["dc0"] = layer.c0.grad
        return {name: tensor.flatten().tolist() for name, tensor in answer.items()}

    def answer_training(self, request):
        torch.set_num_threads(request["threads"])
        training = Training(request)
        seconds = time_runs(training.step, request["seconds"])
        tokens = request["batch"] * request["bptt"]
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
        return {"ms": seconds * 1e3, "tokens_per_second": tokens / seconds, "peak_bytes": peak}

    def answer(self, line):
        request = json.loads(line)
        ops = {"layer": self.answer_layer, "check": self.answer_check, "training": self.answer_training}
        if request["op"] not in ops:
            raise ValueError("PyTorch has no answer to " + request["op"])
        return ops[request["op"]](request)


class LanguageModel(nn.Module):
    """Embedding, recurrent layers, dense output."""

    def __init__(self, cell, vocabulary, embedding, hidden, layers):
        super().__init__()
        self.embedding = nn.Embedding(vocabulary, embedding)
        self.rnn = CELLS[cell](embedding, hidden, layers)
        self.output = nn.Linear(hidden, vocabulary)

    def forward(self, ids, state):
        y, state = self.rnn(self.embedding(ids), state)
        return self.output(y.flatten(0, 1)), state


class Training:
    """A recipe in training: truncated back-propagation through time with the state carried from step to step."""

    def __init__(self, recipe):
        torch.manual_seed(1)
        self.model = LanguageModel(*(recipe[name] for name in ("cell", "vocabulary", "embedding", "hidden", "layers")))
        if scale := recipe["init_scale"]:
            for parameter in self.model.parameters():
                nn.init.uniform_(parameter, -scale, scale)
        kinds = {"adam": torch.optim.Adam, "sgd": torch.optim.SGD}
        self.optimizer = kinds[recipe["optimizer"]](self.model.parameters(), lr=recipe["learning_rate"])
        self.clip, self.loss_scale = recipe["clip_norm"], recipe["loss_scale"]
        self.bptt, self.at, self.state = recipe["bptt"], 0, None
        with open(recipe["tokens"], "rb") as file:  # 32-bit ids; streams side by side, as in our trainer
            tokens = torch.frombuffer(bytearray(file.read()), dtype=torch.int32).long()
        length = len(tokens) // recipe["batch"]
        self.streams = tokens[:length * recipe["batch"]].reshape(recipe["batch"], length).t().contiguous()

    def step(self):
        if self.at + self.bptt >= len(self.streams):  # the next epoch
            self.at, self.state = 0, None
        inputs = self.streams[self.at:self.at + self.bptt]
        targets = self.streams[self.at + 1:self.at + 1 + self.bptt].flatten()
        self.at += self.bptt
        self.optimizer.zero_grad(set_to_none=True)
        logits, state = self.model(inputs, self.state)
        loss = nn.functional.cross_entropy(logits, targets)
        (loss * self.loss_scale).backward()
        if self.clip:
            nn.utils.clip_grad_norm_(self.model.parameters(), self.clip)
        self.optimizer.step()
        self.state = tuple(part.detach() for part in state) if isinstance(state, tuple) else state.detach()
        return loss.item()  # as our trainer, which looks at every loss


def time_runs(run, slice_seconds):
    """Seconds of one run: the mean over as many as begin within the slice, after one that does not count."""
    run()
    start, runs = time.perf_counter(), 0
    while runs == 0 or time.perf_counter() - start < slice_seconds:
        run()
        runs += 1
    return (time.perf_counter() - start) / runs


def hello():
    capability = torch.__config__.show().split("CPU capability usage: ")[-1].split("\n")[0]
    openblas = os.environ.get("OPENBLAS_NUM_THREADS", "all")
    return {"name": "PyTorch", "version": torch.__version__, "details": f"{capability}, OPENBLAS_NUM_THREADS={openblas}"}


def main():
    print(json.dumps(hello()), flush=True)
    peer = Peer()
    for line in sys.stdin:
        try:
            answer = peer.answer(line)
        except Exception as e:  # whatever went wrong is the answer
            answer = {"error": f"{type(e).__name__}: {e}"}
        print(json.dumps(answer), flush=True)


main()
