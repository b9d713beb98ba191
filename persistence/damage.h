// What the disk or its memory has changed. What can be left out or told from what is beside it is
// reported, and counted; of what cannot, opening is refused.
//
// Threads: any.
#pragma once

#include <cstdint>
#include <string>

namespace trunkline::persistence {

// Says on stderr that something stored is damaged: which, and that it is left out.
void report_damage(const std::string& path, const std::string& what);
// How often that was said by this process (StoreCounters::damaged).
std::uint64_t damage_reported();

// Throws std::runtime_error that says what to do.
[[noreturn]] void refuse_damaged(const std::string& path, const std::string& what);

}  // namespace trunkline::persistence
