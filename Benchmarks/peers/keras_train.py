#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Times training in Keras on TensorFlow on the CPU, tuned, and prints one line of JSON.

    python3 Benchmarks/peers/keras_train.py --network cnn --batch-size 32 --data CIFAR10_DIR

Tuned means: one graph that holds several whole steps, so that Python is left out, and oneDNN's kernels (TensorFlow's
default). The timer covers what Ocellus's does: 8-bit pixels of the next batch to float, forward, loss, backward, update.
bf16 is Keras's policy mixed_bfloat16: weights and their update stay in f32. Whether TensorFlow flushes denormal numbers is
found by a multiplication and stands in the result.

Convolutions of padding 1 use "same", whose stride-2 windows begin one pixel later: the same work without a layer that
pads.
"""
import os
import time

import common

common.keep_memory()
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")

import keras
import numpy
import tensorflow as tf

import networks


def build(layers, x):
    """The output of the layers for the input x."""
    for kind, *values in layers:
        if kind == "conv":
            channels, kernel, stride, padding, groups, bias = values
            same = "same" if padding else "valid"
            if groups > 1:
                x = keras.layers.DepthwiseConv2D(kernel, stride, same, use_bias=bias)(x)
            else:
                x = keras.layers.Conv2D(channels, kernel, stride, same, use_bias=bias)(x)
        elif kind == "bn":
            x = keras.layers.BatchNormalization(epsilon=1e-5, momentum=0.9)(x)
        elif kind in ("relu", "tanh"):
            x = keras.layers.Activation(kind)(x)
        elif kind in ("max", "average"):
            x = (keras.layers.MaxPooling2D if kind == "max" else keras.layers.AveragePooling2D)(values[0])(x)
        elif kind == "mean":
            x = keras.layers.GlobalAveragePooling2D()(x)
        elif kind == "flatten":
            x = keras.layers.Flatten()(x)
        elif kind == "dense":
            x = keras.layers.Dense(values[0])(x)
        elif kind == "residual":
            x = keras.layers.Add()([build(values[0], x), build(values[1], x)])
        else:
            raise ValueError(kind)
    return x


def main():
    started = time.perf_counter()
    args = common.arguments(__doc__)
    tf.config.threading.set_intra_op_parallelism_threads(args.threads)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    keras.utils.set_random_seed(0)
    keras.config.set_dtype_policy("mixed_bfloat16" if args.precision == "bf16" else "float32")
    source = keras.Input((32, 32, 3))
    model = keras.Model(source, build(networks.layers(args.network), source))
    networks.check_parameters(args.network, sum(int(numpy.prod(w.shape)) for w in model.trainable_weights))
    optimizer = keras.optimizers.SGD(0.01) if args.optimizer == "sgd" else keras.optimizers.Adam(0.001, epsilon=1e-7)
    optimizer.build(model.trainable_variables)
    pixels, labels = (tf.constant(array) for array in common.load(args.data, channels_last=True))
    size = args.batch_size
    count = len(labels) // size

    def step(index):
        start = tf.cast(index % count, tf.int64) * size
        x = tf.cast(pixels[start : start + size], tf.float32) * (1 / 255)
        y = labels[start : start + size]
        x, y = tf.ensure_shape(x, (size, 32, 32, 3)), tf.ensure_shape(y, (size,))
        with tf.GradientTape() as tape:
            logits = tf.cast(model(x, training=True), tf.float32)
            loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(y, logits))
        gradients = tape.gradient(loss, model.trainable_variables)
        optimizer.apply(gradients, model.trainable_variables)
        return loss

    @tf.function
    def steps(first, number):
        loss = tf.constant(0.0)
        for index in tf.range(first, first + number):
            loss = step(index)
        return loss

    @tf.function
    def product(a, b):
        return a * b

    denormals = "kept" if product(tf.fill([64], 1e-40), tf.fill([64], 1.0))[0] > 0 else "flushed by TensorFlow"
    last = {"loss": steps(tf.constant(0), tf.constant(1))}
    last["loss"].numpy()
    ready = time.perf_counter() - started
    # As many steps in a call as take some 50 ms, so that the clock is looked at often enough.
    began = time.perf_counter()
    steps(tf.constant(1), tf.constant(3)).numpy()
    each = (time.perf_counter() - began) / 3
    number = max(1, min(64, round(0.05 / each)))

    def call(first):
        last["loss"] = steps(tf.constant(first), tf.constant(number))
        last["loss"].numpy()

    firsts = list(range(4, 4 + number * 100_000, number))
    _, position = common.run(args.warm_up, firsts, call)
    times, _ = common.run(args.seconds, firsts, call, position)
    common.report(
        args, "Keras on TensorFlow", f"{keras.__version__} on {tf.__version__}", "training", times, number * size, number,
        start_seconds=ready, parameters=networks.PARAMETERS[args.network], denormals=denormals,
        last_loss=float(last["loss"]))


if __name__ == "__main__":
    main()
