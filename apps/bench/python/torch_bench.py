"""The same work in PyTorch. Prints one JSON line a round; a round starts with a line on stdin.

    python3 torch_bench.py step --config '{"layers": 4, ...}' --threads 1 --runs 5
    python3 torch_bench.py products --threads 1 --runs 5
    python3 torch_bench.py attention --length 1024 --threads 1 --runs 3
    python3 torch_bench.py generate --config '{"layers": 4, ...}' --threads 1 --runs 3

Runs on CUDA where it is there, else on the CPU; --compile puts torch.compile around the model or the
attention.
"""

import argparse
import json
import math
import platform
import resource
import statistics
import sys
import time

import torch
from torch import nn
from torch.nn import functional as F

PRODUCTS = [(768, 128, 384), (768, 128, 512), (768, 512, 128), (768, 128, 65), (1024, 1024, 1024)]


class Block(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.norm1 = nn.LayerNorm(width)
        self.qkv = nn.Linear(width, 3 * width, bias=False)
        self.out = nn.Linear(width, width, bias=False)
        self.norm2 = nn.LayerNorm(width)
        self.expand = nn.Linear(width, 4 * width, bias=False)
        self.contract = nn.Linear(4 * width, width, bias=False)
        nn.init.zeros_(self.norm1.bias)
        for norm in (self.norm1, self.norm2):
            norm.bias.requires_grad_(False)

    def forward(self, x, mask):
        batch, length, width = x.shape
        q, k, v = self.qkv(self.norm1(x)).split(width, dim=2)
        q, k, v = (t.view(batch, length, self.heads, -1).transpose(1, 2) for t in (q, k, v))
        x = x + self.out(attend(q, k, v, mask).transpose(1, 2).reshape(batch, length, width))
        return x + self.contract(F.gelu(self.expand(self.norm2(x)), approximate="tanh"))


def attend(q, k, v, mask):
    if hasattr(F, "scaled_dot_product_attention"):
        return F.scaled_dot_product_attention(q, k, v, is_causal=True)
    scores = (q @ k.transpose(-2, -1)) / math.sqrt(q.shape[-1])
    return torch.softmax(scores.masked_fill(mask, float("-inf")), dim=-1) @ v


class Gpt(nn.Module):
    def __init__(self, vocab, length, layers, heads, width):
        super().__init__()
        self.tokens = nn.Embedding(vocab, width)
        self.positions = nn.Parameter(torch.randn(length, width) * 0.02)
        self.blocks = nn.ModuleList([Block(width, heads) for _ in range(layers)])
        self.norm = nn.LayerNorm(width)
        self.norm.bias.requires_grad_(False)
        for parameter in self.parameters():
            if parameter.dim() > 1:
                nn.init.normal_(parameter, std=0.02)
        self.register_buffer("mask", torch.ones(length, length, dtype=torch.bool).triu(1))

    def forward(self, ids):
        x = self.tokens(ids) + self.positions
        for block in self.blocks:
            x = block(x, self.mask)
        return self.norm(x) @ self.tokens.weight.T


    def next_logits(self, token, position, cache):
        """Logits after one token [1, 1]; the cache of keys and values grows by it."""
        x = self.tokens(token) + self.positions[position]
        for n, block in enumerate(self.blocks):
            width = x.shape[-1]
            q, k, v = block.qkv(block.norm1(x)).split(width, dim=2)
            q, k, v = (t.view(1, 1, block.heads, -1).transpose(1, 2) for t in (q, k, v))
            if n < len(cache):
                k, v = (torch.cat([old, new], dim=2) for old, new in zip(cache[n], (k, v)))
                cache[n] = (k, v)
            else:
                cache.append((k, v))
            weights = torch.softmax((q @ k.transpose(-2, -1)) / math.sqrt(q.shape[-1]), dim=-1)
            x = x + block.out((weights @ v).transpose(1, 2).reshape(1, 1, width))
            x = x + block.contract(F.gelu(block.expand(block.norm2(x)), approximate="tanh"))
        return self.norm(x[:, -1]) @ self.tokens.weight.T


def gpt_of(options):
    c = json.loads(options.config)
    torch.manual_seed(1)
    model = Gpt(c["vocabSize"], c["length"], c["layers"], c["heads"], c["dModel"])
    return c, model.to(options.device)


def compiled(function, options):
    if not options.compile:
        return function
    if not hasattr(torch, "compile"):
        raise RuntimeError(f"torch.compile: expected PyTorch 2 or later, got {torch.__version__}")
    return torch.compile(function)


def generate_of(options):
    c, model = gpt_of(options)

    @torch.inference_mode()
    def once():
        token = torch.randint(c["vocabSize"], (1, 1), device=options.device)
        cache = []
        start = time.perf_counter()
        for position in range(c["length"] - 1):
            logits = model.next_logits(token, position, cache)
            token = torch.multinomial(torch.softmax(logits, dim=-1), 1)
            # A program that streams text reads each token.
            token.item()
        return (time.perf_counter() - start) * 1000

    return repeated(once, options)


def repeated(once, options):
    def work():
        return {"ms": [once() for _ in range(options.runs)]}

    return work


def step_of(options):
    c, model = gpt_of(options)
    weights = [p for p in model.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(weights, lr=1e-3)
    forward = compiled(model, options)

    def step():
        size = (c["batch"], c["length"] + 1)
        tokens = torch.randint(c["vocabSize"], size, device=options.device)
        synchronise(options)
        start = time.perf_counter()
        logits = forward(tokens[:, :-1])
        loss = F.cross_entropy(logits.flatten(0, 1), tokens[:, 1:].flatten())
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(weights, 1.0)
        optimizer.step()
        loss.item()
        # The loss is there before the update is.
        synchronise(options)
        return (time.perf_counter() - start) * 1000

    return repeated(step, options)


def synchronise(options):
    if options.device == "cuda":
        torch.cuda.synchronize()


def products_of(options):
    cases = [
        (m, k, n, layout) for m, k, n in PRODUCTS for layout in ("nn", "nt", "tn")
    ]

    def rate(m, k, n, layout):
        def random(rows, columns):
            return torch.randn(rows, columns, device=options.device)

        a = random(k, m).T if layout[0] == "t" else random(m, k)
        b = random(n, k).T if layout[1] == "t" else random(k, n)
        flops = 2 * m * k * n
        repeats = max(1, int(5e8 / flops))
        rates = []
        for _ in range(options.runs):
            synchronise(options)
            start = time.perf_counter()
            for _ in range(repeats):
                a @ b
            synchronise(options)
            rates.append(flops * repeats / (time.perf_counter() - start) / 1e9)
        return statistics.median(rates)

    def work():
        return {f"{m}x{k}x{n} {layout}": rate(m, k, n, layout) for m, k, n, layout in cases}

    return work


def attention_of(options):
    n = options.length
    attend_here = compiled(attend, options)
    # PyTorch 2 masks by itself.
    masks_itself = hasattr(F, "scaled_dot_product_attention")
    mask = None if masks_itself else torch.ones(n, n, dtype=torch.bool).triu(1).to(options.device)

    def random(**more):
        return torch.randn(1, 4, n, 32, device=options.device, **more)

    def once():
        q, k, v = (random(requires_grad=True) for _ in range(3))
        dy = random()
        synchronise(options)
        start = time.perf_counter()
        attend_here(q, k, v, mask).backward(dy)
        q.grad[0, 0, 0, 0].item()
        synchronise(options)
        return (time.perf_counter() - start) * 1000

    return repeated(once, options)


def about(options):
    """What it is and what it runs on, in words."""
    threads = torch.get_num_threads()
    where = f"CPU {platform.machine()}, {threads} {'thread' if threads == 1 else 'threads'}"
    if options.device == "cuda":
        where = f"{torch.cuda.get_device_name()}, CUDA {torch.version.cuda}, float32"
    kind = "compiled" if options.compile else "eager"
    version = f"PyTorch {torch.__version__} {kind}"
    return {"version": version, "device": where, "threads": threads}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("work", choices=["step", "generate", "products", "attention"])
    parser.add_argument("--config", default="{}")
    parser.add_argument("--length", type=int, default=1024)
    parser.add_argument("--threads", type=int, default=0)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--device", choices=["cpu", "cuda"], default=None)
    parser.add_argument("--compile", action="store_true")
    options = parser.parse_args()
    if options.threads > 0:
        torch.set_num_threads(options.threads)
    if options.device is None:
        options.device = "cuda" if torch.cuda.is_available() else "cpu"
    works = {
        "step": step_of,
        "generate": generate_of,
        "products": products_of,
        "attention": attention_of,
    }
    work = works[options.work](options)
    print(json.dumps(about(options)), flush=True)
    for _ in sys.stdin:
        result = work()
        # Kilobytes on Linux.
        result["peakRssBytes"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
        if options.device == "cuda":
            result["peakDeviceBytes"] = torch.cuda.max_memory_allocated()
        print(json.dumps(result), flush=True)


if __name__ == "__main__":
    main()
