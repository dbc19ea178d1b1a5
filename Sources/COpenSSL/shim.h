#ifndef RUNNER_COPENSSL_SHIM_H
#define RUNNER_COPENSSL_SHIM_H

#include <openssl/evp.h>

#endif
