#include "tests/power/cuts.h"

#include <algorithm>
#include <cstdlib>

#include "tests/support/temporary_directory.h"

namespace trunkline::power {

namespace {

constexpr std::size_t kWrongMax = 20;  // told in words; the rest is more of it

}  // namespace

CutReport cut_often(const CutPlan& plan, const std::vector<Entry>& entries,
                    const std::vector<Acked>& acks) {
  std::mt19937_64 random(plan.seed);
  std::vector<std::size_t> cuts(plan.cuts);
  for (std::size_t& cut : cuts) {
    cut = plan.only_at_end ? entries.size() : random() % (entries.size() + 1);
  }
  std::sort(cuts.begin(), cuts.end());
  CutReport report;
  CrashDisk disk;
  std::size_t applied = 0;
  for (const std::size_t cut : cuts) {
    while (applied < cut) disk.apply(entries[applied++]);
    // Whoever heard of an ack before the next entry, heard of it before the cut.
    const std::uint64_t cut_ns =
        cut == entries.size() ? ~std::uint64_t{0} : entries[cut].header.time_ns - 1;
    const tests::TemporaryDirectory image(tests::in_memory());
    disk.write_image(image.path(), plan.data, random);
    const Verdict verdict = judge_image(image.path(), plan.ranks, acks, cut_ns);
    ++report.cuts;
    report.asked += verdict.acked;
    report.found += verdict.found;
    for (const std::string& wrong : verdict.wrong) {
      if (report.wrong.size() == kWrongMax) break;
      report.wrong.push_back("at entry " + std::to_string(cut) + " of " +
                             std::to_string(entries.size()) + ": " + wrong);
    }
  }
  return report;
}

std::size_t cuts_wanted(std::size_t usual) {
  const char* wanted = std::getenv("TRUNKLINE_CUTS");
  return wanted == nullptr ? usual : std::strtoull(wanted, nullptr, 10);
}

std::uint64_t seed_wanted() {
  const char* wanted = std::getenv("TRUNKLINE_SEED");
  return wanted == nullptr ? std::random_device()() : std::strtoull(wanted, nullptr, 10);
}

}  // namespace trunkline::power
