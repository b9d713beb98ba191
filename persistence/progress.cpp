#include "persistence/progress.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>

namespace trunkline::persistence {

namespace {

constexpr auto kDrawEvery = std::chrono::milliseconds(100);
constexpr auto kSayEvery = std::chrono::seconds(10);
constexpr std::size_t kWidth = 30;

}  // namespace

std::string progress_bar(const std::string& verb, std::uint64_t done, std::uint64_t total,
                         const std::string& unit) {
  if (total == 0) return verb + " " + std::to_string(done) + " " + unit;
  // The total may be an estimate.
  const double share = std::min(1.0, static_cast<double>(done) / static_cast<double>(total));
  const auto filled = static_cast<std::size_t>(share * kWidth);
  return verb + " [" + std::string(filled, '#') + std::string(kWidth - filled, '-') + "] " +
         std::to_string(static_cast<unsigned>(share * 100)) + " % of " + std::to_string(total) +
         " " + unit;
}

Progress::Progress(std::string verb, std::string unit, std::uint64_t total)
    : verb_(std::move(verb)),
      unit_(std::move(unit)),
      total_(total),
      draws_(::isatty(STDERR_FILENO) == 1),
      next_(std::chrono::steady_clock::now() + (draws_ ? kDrawEvery : kSayEvery)) {}

void Progress::at(std::uint64_t done) {
  const auto now = std::chrono::steady_clock::now();
  if (now < next_) return;
  const std::string line = progress_bar(verb_, done, total_, unit_);
  std::fprintf(stderr, draws_ ? "\r%s\33[K" : "%s\n", line.c_str());
  next_ = now + (draws_ ? kDrawEvery : kSayEvery);
}

Progress::~Progress() {
  if (draws_) std::fprintf(stderr, "\r\33[K");
}

}  // namespace trunkline::persistence
