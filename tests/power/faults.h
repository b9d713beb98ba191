// Calls of a process on its data files that fail, or take long, because a test wants it so: the Nth
// of a kind (environment), or the next ones (a file of orders, read at every call).
#pragma once

#include <optional>

namespace trunkline::power {

enum class Call { write, sync };

// The error number with which this call on `fd` is to end without being made; 0: it says that it
// succeeded. Nothing: it is made, perhaps after a while.
std::optional<int> fault_of(Call call, int fd);

// "write:37:28": the 37th write fails with ENOSPC.
inline constexpr const char* kFailVariable = "TRUNKLINE_POWER_FAIL";
// A file. "fail:sync:28:log.mdb": the next sync of a file of that name fails with ENOSPC, and the
// orders are removed. "slow:sync:2000:log.mdb": while they are there, each takes 2,000 ms more.
inline constexpr const char* kOrdersVariable = "TRUNKLINE_POWER_ORDERS";
// How many allocations of memory succeed before one fails (memory_interposer.cpp).
inline constexpr const char* kMemoryVariable = "TRUNKLINE_MEMORY_FAIL";

}  // namespace trunkline::power
