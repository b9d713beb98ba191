// CHECK: an invariant that stays on in production. What it guards is a bug of ours, never bad
// input: going on would answer for data that we no longer understand.
#pragma once

#include <cstdio>
#include <cstdlib>

#define TRUNKLINE_CHECK(condition, what)                                                   \
  do {                                                                                     \
    if (!(condition)) [[unlikely]] {                                                       \
      std::fprintf(stderr, "%s:%d: broken invariant: %s (%s)\n", __FILE__, __LINE__, what, \
                   #condition);                                                            \
      std::abort();                                                                        \
    }                                                                                      \
  } while (false)
