/* shape.h - from the shape of a recurrent layer to what its calls need to know, and what it may not be (shape.c). */
#ifndef NRNN_SHAPE_H
#define NRNN_SHAPE_H

#include "sequence.h"

/* Sets what follows from the shape alone; false where there is no such layer. */
bool nrnn_sequence_of(nrnn_context *context, const nrnn_recurrent_shape *shape, nrnn_sequence *sequence);

nrnn_recurrent_sizes nrnn_sequence_sizes(const nrnn_sequence *sequence);

#endif
