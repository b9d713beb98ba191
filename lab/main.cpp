// `trunkline-lab VERB`: the latency laboratory. Parses the command line; each verb lives in a file
// of its own.
#include <CLI/CLI.hpp>
#include <boost/json.hpp>
#include <cstdio>
#include <functional>
#include <vector>

#include "lab/clock_verb.h"
#include "lab/compare_verb.h"
#include "lab/exit_status.h"
#include "lab/export_verb.h"
#include "lab/floor_verb.h"
#include "lab/fresh_launches.h"
#include "lab/generators.h"
#include "lab/manifest.h"
#include "lab/report_verb.h"
#include "lab/run_verb.h"
#include "lab/selftest_verb.h"
#include "lab/watch_verb.h"

namespace {

using namespace trunkline::lab;

constexpr Measures kMeasures[] = {Measures::run, Measures::sweep, Measures::attach,
                                  Measures::repeat, Measures::overhead};

const CLI::App& add_manifest(CLI::App& app) {
  return *app.add_subcommand(
      "manifest", "what one must know of this machine and these programs to repeat a measurement");
}

int print_manifest() {
  std::puts(boost::json::serialize(surroundings()).c_str());
  return kExitGood;
}

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

// A generator among several (generators.h).
const CLI::App& add_generate(CLI::App& app) {
  return *app.add_subcommand("generate", "")->group("");  // not for people
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app(
      "The latency laboratory of Trunkline.\n"
      "Exit status: 0 measured, and every check passed · 1 wrong use, or it could not be measured "
      "· "
      "2 a check failed · 3 a regression");
  app.require_subcommand(1);
  struct Verb {
    const CLI::App* app;
    std::function<int()> act;
  };
  std::vector<Verb> verbs;
  RunOptions measured[std::size(kMeasures)];
  for (std::size_t i = 0; i < std::size(kMeasures); ++i) {
    RunOptions& options = measured[i];
    options.arguments.assign(argv, argv + argc);
    verbs.push_back(
        {&add_run(app, options, kMeasures[i]), [&options] { return measure(options); }});
  }
  CompareOptions compared;
  verbs.push_back({&add_compare(app, compared), [&] { return compare_recorded(compared); }});
  ClockOptions clock;
  verbs.push_back({&add_clock_verb(app, clock), [&] { return compare_clocks(clock); }});
  FloorOptions floor;
  verbs.push_back({&add_floor(app, floor), [&] { return print_floor(floor); }});
  ReportOptions reported;
  verbs.push_back({&add_report(app, reported), [&] { return report(reported); }});
  ExportOptions exported;
  verbs.push_back({&add_export(app, exported), [&] { return export_traces(exported); }});
  verbs.push_back({&add_manifest(app), print_manifest});
  SelfTestOptions tested;
  verbs.push_back({&add_selftest(app, tested), [&] { return selftest(tested); }});
  WatchOptions watched;
  verbs.push_back({&add_watch(app, watched), [&] { return watch(watched); }});
  verbs.push_back({&add_generate(app), generate});
  LaunchOptions launch;
  verbs.push_back(
      {&add_launch(app, launch), [&] { return run_launch(launch.directory, launch.number); }});
  try {
    app.parse(argc, argv);
    for (const Verb& verb : verbs) {
      if (verb.app->parsed()) return verb.act();
    }
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? kExitGood : kExitError;
  } catch (const std::exception& problem) {
    std::fprintf(stderr, "trunkline-lab: %s\n", problem.what());
  }
  return kExitError;
}
