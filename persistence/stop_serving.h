// The end of a process that can no longer keep what it promises.
//
// Threads: any.
#pragma once

namespace trunkline::persistence {

// Prints what failed and ends the process at once, without destructors: after a failed sync nobody
// knows what is on the disk, and a second try may succeed without having written (protocol rule
// 21). The next start reads back what is really there. Exit status 74.
[[noreturn]] void stop_serving(const char* what, const char* why);

// From now on want of memory ends this process in the same way, whoever wanted it: half-done work
// acknowledges nothing. For the start of a program that has a store.
void stop_when_memory_ends();

}  // namespace trunkline::persistence
