// Loaded before the C library (LD_PRELOAD): one allocation of memory fails, after as many as
// TRUNKLINE_MEMORY_FAIL says, counted from when the program asks for it. Not for programs with a
// sanitizer, which have an allocator of their own.
#include <atomic>
#include <cerrno>
#include <cstddef>
#include <cstdlib>

#include "tests/power/faults.h"

extern "C" {
void* __libc_malloc(size_t size);
void* __libc_calloc(size_t count, size_t size);
void* __libc_realloc(void* old, size_t size);
}

namespace {

std::atomic<long> left{-1};  // below 0: nothing fails

bool fails() {
  if (left.load(std::memory_order_relaxed) < 0 || left.fetch_sub(1) != 0) return false;
  errno = ENOMEM;
  return true;
}

}  // namespace

extern "C" {

void trunkline_memory_count() {
  const char* wanted = std::getenv(trunkline::power::kMemoryVariable);
  if (wanted != nullptr) left = std::atol(wanted);
}

void* malloc(size_t size) noexcept {
  return fails() ? nullptr : __libc_malloc(size);
}

void* calloc(size_t count, size_t size) noexcept {
  return fails() ? nullptr : __libc_calloc(count, size);
}

void* realloc(void* old, size_t size) noexcept {
  return fails() ? nullptr : __libc_realloc(old, size);
}

}  // extern "C"
