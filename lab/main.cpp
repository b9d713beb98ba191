// `trunkline-lab VERB`: the latency laboratory. Parses the command line; each verb lives in a file
// of its own.
#include <CLI/CLI.hpp>
#include <cstdio>

#include "lab/compare_verb.h"
#include "lab/exit_status.h"
#include "lab/fresh_launches.h"
#include "lab/report_verb.h"
#include "lab/run_verb.h"

namespace {

using namespace trunkline::lab;

constexpr Measures kMeasures[] = {Measures::run, Measures::sweep, Measures::attach,
                                  Measures::repeat};

// A launch of `repeat`, in the environment of the cluster that was started for it.
struct LaunchOptions {
  std::string directory;
  std::size_t number = 1;
};
CLI::App& add_launch(CLI::App& app, LaunchOptions& options) {
  CLI::App& verb = *app.add_subcommand("launch", "")->group("");  // not for people
  verb.add_option("directory", options.directory)->required();
  verb.add_option("number", options.number)->required();
  return verb;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app(
      "The latency laboratory of Trunkline.\n"
      "Exit status: 0 measured, and every check passed · 1 wrong use, or it could not be measured "
      "· "
      "2 a check failed · 3 a regression");
  app.require_subcommand(1);
  RunOptions measured[std::size(kMeasures)];
  const CLI::App* verbs[std::size(kMeasures)];
  for (std::size_t i = 0; i < std::size(kMeasures); ++i) {
    verbs[i] = &add_run(app, measured[i], kMeasures[i]);
    measured[i].arguments.assign(argv, argv + argc);
  }
  CompareOptions compared;
  const CLI::App& compare_verb = add_compare(app, compared);
  ReportOptions reported;
  const CLI::App& report_verb = add_report(app, reported);
  LaunchOptions launch;
  const CLI::App& launch_verb = add_launch(app, launch);
  try {
    app.parse(argc, argv);
    for (std::size_t i = 0; i < std::size(kMeasures); ++i) {
      if (verbs[i]->parsed()) check(measured[i]);
    }
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? kExitGood : kExitError;
  }
  try {
    if (compare_verb.parsed()) return compare_files(compared);
    if (report_verb.parsed()) return report(reported);
    if (launch_verb.parsed()) return run_launch(launch.directory, launch.number);
    for (std::size_t i = 0; i < std::size(kMeasures); ++i) {
      if (verbs[i]->parsed()) return measure(measured[i]);
    }
  } catch (const std::exception& problem) {
    std::fprintf(stderr, "trunkline-lab: %s\n", problem.what());
  }
  return kExitError;
}
