#ifndef RUNNER_CCURL_SHIM_H
#define RUNNER_CCURL_SHIM_H

#include <curl/curl.h>

#endif
