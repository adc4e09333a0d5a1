"""JAX: a pass over the data as one compiled function, with `lax.scan` over the batches."""

import in_jax
import jax
from jax import numpy as jnp


class Scan(in_jax.Training):
    def prepare(self):
        full = self.rows // self.batch * self.batch
        shape = (-1, self.batch)
        self.batches = (
            jnp.asarray(self.features[:full].reshape(*shape, *self.features.shape[1:])),
            jnp.asarray(self.labels[:full].reshape(shape)),
        )
        self.rest = (jnp.asarray(self.features[full:]), jnp.asarray(self.labels[full:]))
        has_rest = full < self.rows

        def one_pass(carry, batches, rest):
            # Four steps in a row save small networks a tenth.
            carry, losses = jax.lax.scan(self.step, carry, batches, unroll=4)
            if not has_rest:
                return carry, [losses]
            carry, value = self.step(carry, rest)
            return carry, [losses, value]

        self.compiled = jax.jit(one_pass, donate_argnums=0)

    def once(self):
        self.carry, self.losses = self.compiled(self.carry, self.batches, self.rest)
        jax.block_until_ready(self.carry)


def training(data, work):
    return Scan(data, work)


def instructions():
    return in_jax.instructions()
