# SPDX-License-Identifier: Apache-2.0
"""Losses, optimisers, whole training steps and schedules for `make_layer_fixtures.py`."""
import numpy
import torch
from torch import nn

import networks
from layer_cases import FLATTEN, conv, dense, plain, pool
from measures import draw, longest_sum, magnitude, numbers, with_shape


def sgd(rate, momentum=0.0, nesterov=False, decay=0.0):
    return {"sgd": {"learningRate": rate, "momentum": momentum, "nesterov": nesterov, "weightDecay": decay}}


def adam(rate, kind="adam", beta1=0.9, beta2=0.999, epsilon=1e-7, decay=0.0):
    return {kind: {"learningRate": rate, "beta1": beta1, "beta2": beta2, "epsilon": epsilon, "weightDecay": decay}}


OPTIMIZERS = {
    "sgd": sgd(0.1),
    "sgd, weight decay": sgd(0.1, decay=0.03),
    "sgd, momentum": sgd(0.05, momentum=0.9),
    "sgd, momentum and weight decay": sgd(0.05, momentum=0.9, decay=0.01),
    "sgd, nesterov and weight decay": sgd(0.05, momentum=0.8, nesterov=True, decay=0.01),
    "adam": adam(0.01),
    "adam, other betas, large epsilon, weight decay": adam(0.02, beta1=0.8, beta2=0.95, epsilon=0.01, decay=0.05),
    "adamw": adam(0.01, "adamW", epsilon=1e-8, decay=0.1),
}
# What a schedule multiplies the rate with, step by step.
FACTORS = [1.0, 0.5, 0.75]


def torch_optimizer(document, parameters):
    (kind, s), = document.items()
    if kind == "sgd":
        return torch.optim.SGD(
            parameters, lr=s["learningRate"], momentum=s["momentum"], nesterov=s["nesterov"],
            weight_decay=s["weightDecay"])
    make = torch.optim.Adam if kind == "adam" else torch.optim.AdamW
    return make(
        parameters, lr=s["learningRate"], betas=(s["beta1"], s["beta2"]), eps=s["epsilon"],
        weight_decay=s["weightDecay"])


def differentiable_step(document, w, g, state, factor, number):
    """The same update as formulas that autograd can follow, for the magnitudes; checked against `torch.optim`."""
    (kind, s), = document.items()
    rate = s["learningRate"] * factor
    if kind == "sgd":
        g = g + s["weightDecay"] * w
        if not s["momentum"]:
            return w - rate * g, state
        v = s["momentum"] * state[0] + g if state else g
        return w - rate * (g + s["momentum"] * v if s["nesterov"] else v), [v]
    if kind == "adam":
        g = g + s["weightDecay"] * w
    else:
        w = w - rate * s["weightDecay"] * w
    m, v = state or [torch.zeros_like(w), torch.zeros_like(w)]
    m = s["beta1"] * m + (1 - s["beta1"]) * g
    v = s["beta2"] * v + (1 - s["beta2"]) * g * g
    corrected = v / (1 - s["beta2"] ** number)
    return w - rate * (m / (1 - s["beta1"] ** number)) / (corrected.sqrt() + s["epsilon"]), [m, v]


def optimizers():
    random = numpy.random.default_rng(7)
    cases = []
    for name, document in OPTIMIZERS.items():
        start = draw(random, [19])
        gradients = []
        for _ in FACTORS:
            gradient = draw(random, [19])
            gradients.append(torch.where(gradient == 0, 0.25, gradient))
        parameter = nn.Parameter(start.clone())
        optimizer = torch_optimizer(document, [parameter])
        (settings,) = document.values()
        after = []
        for step, (gradient, factor) in enumerate(zip(gradients, FACTORS)):
            optimizer.param_groups[0]["lr"] = settings["learningRate"] * factor
            parameter.grad = gradient.clone()
            optimizer.step()

            def run(w, *gradients):
                state = []
                for number, gradient in enumerate(gradients, 1):
                    w, state = differentiable_step(document, w, gradient, state, FACTORS[number - 1], number)
                return w

            given = (start, *gradients[: step + 1])
            assert torch.allclose(run(*given), parameter, rtol=1e-13, atol=1e-13), name
            after.append({"values": numbers(parameter), "magnitude": magnitude(run, given)})
        cases.append({
            "name": name, "optimizer": document, "factors": FACTORS, "terms": 20, "start": numbers(start),
            "gradients": [numbers(gradient) for gradient in gradients], "after": after,
        })
    return cases


def losses():
    random = numpy.random.default_rng(8)
    weights = [0.5, 2.0, 1.25, 0.75, 3.0]
    uneven = [1.0, 0.5, 0.0, 2.0, 1.0, 1.0, 0.25]
    cases = []
    for name, smoothing, classes, samples in [
        ("cross-entropy", 0.0, None, None),
        ("label smoothing", 0.1, None, None),
        ("class weights", 0.0, weights, None),
        ("label smoothing and class weights", 0.2, weights, None),
        ("sample weights, one of them 0", 0.0, None, uneven),
        ("everything at once", 0.1, weights, uneven),
    ]:
        logits = draw(random, [7, 5], -64, 64)
        labels = torch.from_numpy(random.integers(0, 5, 7))
        class_weights = torch.tensor(classes) if classes else torch.ones(5)
        sample_weights = torch.tensor(samples or [1.0] * 7)
        divisor = (sample_weights * class_weights[labels]).sum()

        def loss_sum(logits):
            each = nn.functional.cross_entropy(
                logits, labels, weight=class_weights, label_smoothing=smoothing, reduction="none")
            return (sample_weights * each).sum()

        def gradient(logits):
            logits = logits if logits.requires_grad else logits.clone().requires_grad_()
            return torch.autograd.grad(loss_sum(logits) / divisor, logits, create_graph=True)[0]

        if samples is None:
            mean = nn.functional.cross_entropy(logits, labels, weight=class_weights, label_smoothing=smoothing)
            assert torch.allclose(mean, loss_sum(logits) / divisor, rtol=1e-13)
        document = {"labelSmoothing": smoothing} | ({"classWeights": classes} if classes else {})
        cases.append({
            "name": name, "loss": document, "classes": 5, "logits": numbers(logits), "labels": labels.tolist(),
            "sampleWeights": sample_weights.tolist(), "terms": 40,
            "expected": {
                "lossSum": float(f"{loss_sum(logits).item():.12g}"),
                "lossMagnitude": magnitude(loss_sum, (logits,)),
                "weightSum": divisor.item(),
                "correct": int(((logits.argmax(1) == labels) & (sample_weights > 0)).sum()),
                "count": int((sample_weights > 0).sum()),
                "gradient": {"values": numbers(gradient(logits)), "magnitude": magnitude(gradient, (logits,))},
            },
        })
    return cases


def trainings():
    """Three whole steps, forward to update, on different batches."""
    random = numpy.random.default_rng(9)
    small = {"input": [3, 3, 3], "layers": [FLATTEN, dense(7), plain("tanh"), dense(4)], "frozen": []}
    maps = {
        "input": [2, 7, 6],
        "layers": [conv(3, 3), plain("tanh"), pool("average", 2), FLATTEN, dense(5), plain("tanh"), dense(4)],
        "frozen": [],
    }
    cases = []
    for name, document, optimizer_document, smoothing, clip, frozen in [
        ("dense, sgd", small, sgd(0.25), 0.0, None, []),
        ("dense, sgd with nesterov and label smoothing", small, sgd(0.125, 0.75, True, 0.01), 0.1, None, []),
        ("convolution, sgd with momentum", maps, sgd(0.125, 0.5), 0.0, None, []),
        ("convolution, adam", maps, adam(0.01, epsilon=1e-3), 0.0, None, []),
        ("convolution, adamw with clipped gradients", maps, adam(0.01, "adamW", epsilon=1e-3, decay=0.1), 0.0, 0.5, []),
        ("convolution, sgd with a frozen first layer", maps, sgd(0.25), 0.0, None, ["0"]),
    ]:
        module = networks.Network(document)
        names = [name for name, _ in module.named_parameters()]
        start = [draw(random, parameter.shape, -24, 24, 64) for parameter in module.parameters()]
        shape = [5, *document["input"]]
        batches = [draw(random, shape, 1, 32) for _ in FACTORS]
        labels = [torch.from_numpy(random.integers(0, 4, 5)) for _ in FACTORS]

        def loss_of(parameters, step, batch):
            logits = torch.func.functional_call(module, dict(zip(names, parameters)), (batch,))
            return nn.functional.cross_entropy(logits, labels[step], label_smoothing=smoothing)

        trained = [not any(name.startswith(prefix + ".") for prefix in frozen) for name in names]

        def gradients_of(parameters, step, batch):
            chosen = [value for value, train in zip(parameters, trained) if train]
            found = list(torch.autograd.grad(loss_of(parameters, step, batch), chosen, create_graph=True))
            if clip:
                # `clip_grad_norm_` would add 1e-6 to the norm.
                norm = torch.cat([gradient.flatten() for gradient in found]).norm()
                found = [gradient * torch.clamp(clip / norm, max=1) for gradient in found]
            return [found.pop(0) if train else None for train in trained]

        def run(index, loss_step=None):
            """A parameter after all steps, or the loss of one step, as a function of everything that is given."""
            def function(*given):
                parameters = [w if w.requires_grad else w.clone().requires_grad_() for w in given[: len(start)]]
                states = [[] for _ in parameters]
                for step, factor in enumerate(FACTORS):
                    if step == loss_step:
                        return loss_of(parameters, step, given[len(start) + step])
                    found = gradients_of(parameters, step, given[len(start) + step])
                    for i, gradient in enumerate(found):
                        if gradient is not None:
                            parameters[i], states[i] = differentiable_step(
                                optimizer_document, parameters[i], gradient, states[i], factor, step + 1)
                return parameters[index]
            return function

        # The values come from torch.optim; the formulas above give the magnitudes.
        parameters = [nn.Parameter(w.clone(), requires_grad=train) for w, train in zip(start, trained)]
        optimizer = torch_optimizer(optimizer_document, [w for w in parameters if w.requires_grad])
        (settings,) = optimizer_document.values()
        mean_losses = []
        for step, factor in enumerate(FACTORS):
            optimizer.param_groups[0]["lr"] = settings["learningRate"] * factor
            mean_losses.append(float(f"{loss_of(parameters, step, batches[step]).item():.12g}"))
            for parameter, gradient in zip(parameters, gradients_of(parameters, step, batches[step])):
                parameter.grad = None if gradient is None else gradient.detach()
            optimizer.step()
        after = {}
        given = (*start, *batches)
        for index, (name_, parameter) in enumerate(zip(names, parameters)):
            assert torch.allclose(run(index)(*given), parameter, rtol=1e-12, atol=1e-12), (name, name_)
            after[name_] = with_shape(parameter) | {
                "magnitude": magnitude(run(index), given) if trained[index] else 0}
        cases.append({
            "name": name, "network": document | {"frozen": frozen}, "optimizer": optimizer_document,
            "loss": {"labelSmoothing": smoothing}, "factors": FACTORS, "batchSize": 5,
            "terms": len(FACTORS) * (2 * longest_sum(module, batches[0]) + 40),
            "parameters": {name: with_shape(w) for name, w in zip(names, start)},
            "inputs": [numbers(batch) for batch in batches], "labels": [value.tolist() for value in labels],
            "meanLosses": mean_losses,
            "lossMagnitudes": [magnitude(run(0, step), given) for step in range(len(FACTORS))], "after": after,
        } | ({"maximumGradientNorm": clip} if clip else {}))
    return cases


def schedules():
    """The learning rate of each step under PyTorch's schedulers, as a factor of the highest."""
    epochs, per_epoch = 4, 5
    total = epochs * per_epoch
    rise, start, final = 0.3, 0.04, 0.0004
    # OneCycleLR rises over pct_start * total - 1 steps and Ocellus over rise * (total - 1): the same point.
    percent = (rise * (total - 1) + 1) / total
    makers = {
        "constant": ({"constant": {}}, lambda o: torch.optim.lr_scheduler.ConstantLR(o, factor=1.0)),
        "step": ({"step": {"epochs": 1, "factor": 0.5}},
                 lambda o: torch.optim.lr_scheduler.StepLR(o, step_size=per_epoch, gamma=0.5)),
        "cosine": ({"cosine": {"final": 0.0}}, lambda o: torch.optim.lr_scheduler.CosineAnnealingLR(o, total - 1)),
        "cosine to a tenth": ({"cosine": {"final": 0.1}},
                              lambda o: torch.optim.lr_scheduler.CosineAnnealingLR(o, total - 1, eta_min=0.1)),
        "one cycle": ({"oneCycle": {"rise": rise, "start": start, "final": final}},
                      lambda o: torch.optim.lr_scheduler.OneCycleLR(
                          o, max_lr=1.0, total_steps=total, pct_start=percent, div_factor=1 / start,
                          final_div_factor=start / final)),
    }
    cases = []
    for name, (course, make) in makers.items():
        optimizer = torch.optim.SGD([nn.Parameter(torch.zeros(1))], lr=1.0)
        scheduler = make(optimizer)
        factors = []
        for _ in range(total):
            factors.append(float(f"{optimizer.param_groups[0]['lr']:.12g}"))
            optimizer.step()
            if len(factors) < total:
                scheduler.step()
        cases.append({
            "name": name, "schedule": {"course": course, "warmupEpochs": 0}, "epochs": epochs,
            "stepsPerEpoch": per_epoch, "factors": factors,
        })
    return cases
