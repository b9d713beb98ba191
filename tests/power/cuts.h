// Many power cuts over one trace: at each, the disk as it may be is rebuilt, opened and judged.
#pragma once

#include "tests/power/crash_disk.h"
#include "tests/power/verdict.h"

namespace trunkline::power {

struct CutPlan {
  std::string data;  // the directory of the ranks' directories, as the traced processes saw it
  std::size_t ranks = 1;
  std::size_t cuts = 500;
  std::uint64_t seed = 1;
  bool only_at_end = false;  // else anywhere in the trace
};

struct CutReport {
  std::size_t cuts = 0;
  std::size_t asked = 0;           // acked messages looked for, over all cuts
  std::size_t found = 0;           // messages that were there, over all cuts
  std::vector<std::string> wrong;  // each with its cut
};

CutReport cut_often(const CutPlan& plan, const std::vector<Entry>& entries,
                    const std::vector<Acked>& acks);

// Cuts asked for by TRUNKLINE_CUTS, or `usual`; and the seed by TRUNKLINE_SEED, or one by chance.
std::size_t cuts_wanted(std::size_t usual);
std::uint64_t seed_wanted();

}  // namespace trunkline::power
