#include "lab/watch_verb.h"

#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <stdexcept>
#include <thread>

#include "lab/exit_status.h"
#include "lab/format.h"
#include "lab/status.h"

namespace trunkline::lab {
namespace {

// A file system of a cluster tells of no changes, so it is read again.
constexpr std::chrono::milliseconds kLookAgain{500};
constexpr int kBar = 40;

std::string bar(double part) {
  const int full = static_cast<int>(part * kBar + 0.5);
  std::string text = "[";
  for (int i = 0; i < kBar; ++i) text += i < full ? '#' : '.';
  return text + format("] %3.0f %%", 100 * part);
}

double part_done(const Status& status) {
  const double cell = status.of_seconds > 0 ? std::min(1.0, status.seconds / status.of_seconds) : 0;
  const auto cells = static_cast<double>(status.cells);
  const double launch = (static_cast<double>(status.cell) + cell) / std::max(cells, 1.0);
  const auto before = static_cast<double>(status.launch - 1);
  if (status.phase == kPhaseOver) return 1;
  return std::min(1.0, (before + launch) / static_cast<double>(status.launches));
}

std::string panel(const Status& status) {
  return status.title + "\n" + bar(part_done(status)) + "\n" + status_line(status) + "\n" +
         format("last second   %10.0f messages/s shown\n", status.shown_per_s) +
         format("  one-way     %10.1f us p50 %10.1f us p99 %10.1f us max\n", status.p50_us,
                status.p99_us, status.max_us) +
         format("  under way   %10.0f messages\n", status.backlog);
}

}  // namespace

CLI::App& add_watch(CLI::App& app, WatchOptions& options) {
  CLI::App& verb = *app.add_subcommand("watch", "how far an experiment is, from another terminal");
  verb.add_option("directory", options.directory, "its results")->required();
  verb.add_flag("--once", options.once, "look once");
  return verb;
}

int watch(const WatchOptions& options) {
  const bool terminal = ::isatty(STDOUT_FILENO) == 1;
  std::string before;
  for (;;) {
    const auto status = read_status(options.directory);
    if (!status) throw std::runtime_error(options.directory + " has no status.json (yet)");
    const std::string text = terminal ? panel(*status) : status_line(*status) + "\n";
    if (text != before) {
      std::printf("%s%s", terminal ? "\033[H\033[J" : "", text.c_str());
      std::fflush(stdout);
      before = text;
    }
    if (options.once || status->phase == kPhaseOver) return kExitGood;
    std::this_thread::sleep_for(kLookAgain);
  }
}

}  // namespace trunkline::lab
