/* dispatch.h - which instruction sets there are, and the table of kernels of the one asked for. */
#ifndef NRNN_DISPATCH_H
#define NRNN_DISPATCH_H

struct nrnn_kernels;

/* The table of this name, or NULL when it is unknown or this machine cannot run it. NULL and "": the best. */
const struct nrnn_kernels *nrnn_dispatch(const char *isa);

/* The names of all that this machine can run, best first, separated by commas; static storage. */
const char *nrnn_dispatch_names(void);

#endif
