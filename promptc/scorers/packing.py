"""A model's weights laid out once as a CPU multiplies them, and activations done on the way.

torch lays a weight out anew for every product. oneDNN, inside of torch, also takes one that was
laid out before, and applies an activation to what it makes while that is still in the cache. Which
modules are linear is told by their type; what comes right after one, and is a function that oneDNN
knows, by a few tokens that are read. They are read again after: where they say something else,
everything is put back.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from promptc.extras import need
from promptc.scorers import attention

_TOKENS = 160
_NEAR = {"float32": 1e-4, "bfloat16": 0.05}
_PLAIN = ("none", "")
_BLOCK = (32 << 20) - (1 << 16)
"""Bytes; the largest block that glibc learns from is 32 MiB with what it adds."""
_FAILS = (RuntimeError, AttributeError, TypeError, ValueError, LookupError)


class Packing(NamedTuple):
    """What was done to a model: *packed* of its *linear* layers, *fused* activations."""

    packed: int = 0
    linear: int = 0
    fused: int = 0
    attention: bool = False

    def __str__(self) -> str:
        if not self.packed:
            return "not packed"
        return "packed" if self.packed == self.linear else f"{self.packed} of {self.linear} packed"


@dataclass
class Layer:
    """A linear *module* whose weight is *packed*; *after* is the activation that it ends with."""

    module: Any
    transposed: bool
    packed: Any = None
    after: tuple[str, str] = _PLAIN
    replaced: list[tuple[Any, str, Any]] = field(default_factory=list)

    def __call__(self, given: Any) -> Any:
        """What the module makes of *given*."""
        return product(given, self.packed, self.module.bias, self.after)

    def pack(self) -> None:
        """Lay the weight out, and let go of it as it was."""
        weight = self.module.weight.detach()
        self.packed = packed(weight.t().contiguous() if self.transposed else weight)
        del self.module.weight
        # It has the shape and the type for whoever asks, and takes no memory.
        self.module.weight = weight.new_zeros(()).expand(weight.shape)
        self.module.forward = self

    def unpack(self) -> None:
        """Put everything back, to the last bit."""
        if self.packed is None:
            return
        torch, weight = need("torch", "gpu"), self.packed.to_dense()
        del self.module.forward, self.module.weight
        weight = weight.t().contiguous() if self.transposed else weight
        self.module.weight = torch.nn.Parameter(weight, requires_grad=False)
        self.packed = None

    def fuse(self, after: tuple[str, str], holder: Any, name: str) -> None:
        """Do the activation *name* of *holder* here."""
        self.after = after
        self.replaced.append((holder, name, getattr(holder, name)))
        setattr(holder, name, need("torch", "gpu").nn.Identity())

    def part(self) -> None:
        """Let the activation be done where it was."""
        self.after = _PLAIN
        while self.replaced:
            setattr(*self.replaced.pop())


def packed(weight: Any) -> Any:
    """*weight*, (out, in), as oneDNN multiplies with it."""
    return need("torch", "gpu").ops.mkldnn._reorder_linear_weight(weight, None)


def product(given: Any, weight: Any, bias: Any | None, after: tuple[str, str] = _PLAIN) -> Any:
    """*given*, (…, in), by a packed *weight*, (out, in): (…, out)."""
    kind, way = after
    return need("torch", "gpu").ops.mkldnn._linear_pointwise(given, weight, bias, kind, [], way)


def can_pack(torch: Any) -> bool:
    """Whether torch has what it takes here."""
    known = torch.ops.mkldnn
    return bool(torch.backends.mkldnn.is_available()) and all(
        hasattr(known, name) for name in ("_reorder_linear_weight", "_linear_pointwise")
    )


def keep_pages() -> None:
    """Have the C library keep what a layer lets go for the next one, 64 MiB at most.

    glibc gives more than twice the largest block that was let go back to the system, which hands it
    out again a page at a time, each filled with zeros first. Others don't learn, and lose nothing.
    """
    torch = need("torch", "gpu")
    torch.empty(_BLOCK, dtype=torch.uint8)


def pack(model: Any) -> Packing:
    """Pack all of *model*, which is on a CPU, but what makes its logits.

    A layer's weight is let go as soon as it is packed; where it was mapped from a file, its pages
    stay until the system needs them. What a layer says afterwards differs in its last digits.
    """
    torch = need("torch", "gpu")
    layers, linear = list(_layers(model)), len(list(_linear(model)))
    if not layers or not can_pack(torch):
        return Packing(linear=linear)
    keep_pages()
    with torch.inference_mode(False), torch.no_grad():
        try:
            before = _said(model)
            for layer in layers:
                layer.pack()
            if not _alike(before, _said(model)):
                raise RuntimeError("packed layers say something else")
        except _FAILS:
            for layer in layers:
                layer.unpack()
            return Packing(linear=linear)
        fused = _fuse(model, layers, before)
        attends = _attend(model, before)
    return Packing(len(layers), linear, fused, attends)


def _linear(model: Any) -> Iterator[Any]:
    """The linear modules of *model* but the one that makes its logits."""
    torch, other = need("torch", "gpu"), need("transformers.pytorch_utils", "gpu")
    last = model.get_output_embeddings()
    for module in model.modules():
        if isinstance(module, (torch.nn.Linear, other.Conv1D)) and module is not last:
            yield module


def _layers(model: Any) -> Iterator[Layer]:
    """Those of its linear layers that can be packed: their weights are theirs alone."""
    torch, linear = need("torch", "gpu"), need("transformers.pytorch_utils", "gpu")
    users = Counter(
        id(each)
        for module in model.modules()
        for each in module._parameters.values()
        if each is not None
    )
    for module in _linear(model):
        known = type(module) in (torch.nn.Linear, linear.Conv1D)
        known = known and module.weight.dtype in (torch.float32, torch.bfloat16)
        if known and users[id(module.weight)] == 1 and "forward" not in vars(module):
            yield Layer(module, transposed=type(module) is linear.Conv1D)


def _said(model: Any) -> Any:
    """What *model* makes of a few tokens."""
    torch = need("torch", "gpu")
    size = model.get_input_embeddings().weight.shape[0]
    most = getattr(model.config.get_text_config(), "max_position_embeddings", None) or _TOKENS
    # Some begin to count their positions late.
    ids = (torch.arange(min(_TOKENS, most // 2)) * 7919 + 5)[None] % size
    return model(input_ids=ids).logits


def _alike(one: Any, other: Any) -> bool:
    near = _NEAR[str(one.dtype).removeprefix("torch.")]
    one, other = one.float(), other.float()
    scale = float(one.abs().max())
    return bool(need("torch", "gpu").allclose(one, other, rtol=near, atol=near * scale))


def _fuse(model: Any, layers: list[Layer], before: Any) -> int:
    """Do activations in the layers that they come after; how many."""
    known = {id(each.module): each for each in layers}
    fused = list[Layer]()
    for module, (holder, name) in _followed(model, known):
        after = _function(getattr(holder, name))
        if after is not None and known[module].after == _PLAIN:
            known[module].fuse(after, holder, name)
            fused.append(known[module])
    try:
        if _alike(before, _said(model)):
            return len(fused)
    except _FAILS:
        pass
    for layer in fused:
        layer.part()
    return 0


def _followed(model: Any, known: dict[int, Layer]) -> list[tuple[int, tuple[Any, str]]]:
    """Layers whose output goes straight to a module without weights, and where that stands."""
    made, calls = list[tuple[Any, int]](), Counter[int]()
    found: dict[int, int] = {}

    def after(module: Any, _: Any, output: Any) -> None:
        calls[id(module)] += 1
        made.append((output, id(module)))

    def before(module: Any, given: tuple[Any, ...]) -> None:
        calls[id(module)] += 1
        for output, maker in made:
            if given and given[0] is output:
                found[maker] = id(module)

    with _hooked(model, known, before, after):
        _said(model)
    places: dict[int, list[tuple[Any, str]]] = {}
    for holder in model.modules():
        for name, child in holder._modules.items():
            places.setdefault(id(child), []).append((holder, name))
    return [
        (maker, places[taker][0])
        for maker, taker in found.items()
        if calls[maker] == calls[taker] == len(places.get(taker, ())) == 1
    ]


@contextmanager
def _hooked(model: Any, known: dict[int, Layer], before: Any, after: Any) -> Iterator[None]:
    with ExitStack() as stack:
        for module in model.modules():
            if id(module) in known:
                stack.callback(module.register_forward_hook(after).remove)
            elif not any(True for _ in module.parameters()) and not list(module.children()):
                stack.callback(module.register_forward_pre_hook(before).remove)
        yield


def _function(module: Any) -> tuple[str, str] | None:
    """The name that oneDNN has for what *module* does to numbers; ``None`` where it has none."""
    torch = need("torch", "gpu")
    plain = torch.nn.functional
    given = torch.linspace(-8, 8, 1001)
    choices = {
        ("gelu", "none"): plain.gelu(given),
        ("gelu", "tanh"): plain.gelu(given, approximate="tanh"),
        ("swish", ""): plain.silu(given),
        ("relu", ""): plain.relu(given),
        ("tanh", ""): given.tanh(),
    }
    try:
        told = module(given)
    except _FAILS:
        return None
    for name, wanted in choices.items():
        if torch.is_tensor(told) and torch.allclose(told, wanted, rtol=0, atol=2e-6):
            return name
    return None


def _attend(model: Any, before: Any) -> bool:
    """Let *model* attend in the way of `attention`, where that is faster."""
    torch, own = need("torch", "gpu"), model.config._attn_implementation
    if own != "sdpa" or model.dtype != torch.bfloat16 or not attention.register():
        return False
    try:
        model.set_attn_implementation(attention.NAME)
        if _alike(before, _said(model)):
            return True
    except _FAILS:
        pass
    model.set_attn_implementation(own)
    return False
