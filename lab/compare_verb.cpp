#include "lab/compare_verb.h"

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>

#include "lab/comparison.h"
#include "lab/exit_status.h"
#include "lab/experiment_comparison.h"
#include "lab/ranges.h"
#include "lab/whole_file.h"

namespace trunkline::lab {
namespace {

bool is_directory(const std::string& path) {
  return std::filesystem::is_directory(path);
}

// All finished cells of an experiment of one arm, whatever their load.
std::vector<Launch> launches_in_directory(const std::string& directory) {
  const RecordedExperiment experiment = read_recorded_experiment(directory);
  if (experiment.arms.size() != 1) {
    throw std::runtime_error(directory +
                             " has several arms: it can be compared with another directory");
  }
  std::vector<Launch> all;
  for (const RecordedLaunch& launch : experiment.launches) {
    const std::string path = launch.directory + "/cells.jsonl";
    std::string lines = read_whole(path).value_or("");
    lines.resize(lines.rfind('\n') + 1);  // its writer may have died while it wrote
    std::istringstream in(lines);
    for (Launch& one : read_launches(in, path)) all.push_back(std::move(one));
  }
  return all;
}

std::vector<Launch> launches_in_file(const std::string& path) {
  std::ifstream file(path);
  return read_launches(file, path);
}

// Those of the load. Void ones are told, and left out.
std::vector<Launch> only(std::vector<Launch> launches, const std::string& load,
                         const std::string& path) {
  std::erase_if(launches, [&](const Launch& one) { return one.load != load; });
  const std::size_t all = launches.size();
  std::erase_if(launches, [](const Launch& one) { return one.is_void; });
  if (all > launches.size()) {
    std::printf("not compared: %zu void launches of %s\n", all - launches.size(), path.c_str());
  }
  if (launches.empty()) {
    throw std::runtime_error(path + " has no launch that counts of the load " + load);
  }
  return launches;
}

// What is compared is one load: that of the file, of which both may be one.
std::vector<ComparedFigure> compare_loads(const CompareOptions& options) {
  const bool a_is_file = !is_directory(options.a), b_is_file = !is_directory(options.b);
  auto a = a_is_file ? launches_in_file(options.a) : launches_in_directory(options.a);
  auto b = b_is_file ? launches_in_file(options.b) : launches_in_directory(options.b);
  const auto& of_file = a_is_file ? a : b;
  if (of_file.empty()) throw std::runtime_error("there is no launch to compare");
  const std::string load = of_file.front().load;
  for (const auto& [is_file, launches] : {std::pair{a_is_file, &a}, std::pair{b_is_file, &b}}) {
    for (const Launch& launch : *launches) {
      if (is_file && launch.load != load) {
        throw std::runtime_error("these are not of one load: " + load + " against " + launch.load);
      }
    }
  }
  return compare_launches(only(std::move(a), load, options.a), only(std::move(b), load, options.b));
}

void print_cells(const RecordedExperiment& experiment, const ArmComparison& comparison) {
  for (const PlannedCell& cell : experiment.cells) {
    const bool compared = std::any_of(comparison.rows.begin(), comparison.rows.end(),
                                      [&](const auto& row) { return row.cell == cell.number; });
    if (compared) std::printf("c%zu: %s\n", cell.number, cell.label.c_str());
  }
}

int gate(const std::vector<ComparedFigure>& compared, const CompareOptions& options) {
  if (!options.fail_above) return kExitGood;
  const Gate found = gate_of(compared, *options.fail_above);
  std::fputs(found.text.c_str(), stdout);
  return found.regression ? kExitRegression : kExitGood;
}

int compare_directories(const CompareOptions& options) {
  const RecordedExperiment a = read_recorded_experiment(options.a);
  const RecordedExperiment b = read_recorded_experiment(options.b);
  const ExperimentData data_a = read_data(a), data_b = read_data(b);
  std::printf("A: %s\nB: %s\n", options.a.c_str(), options.b.c_str());
  int status = kExitGood;
  for (const ArmComparison& one : compare_experiments({a, data_a}, {b, data_b})) {
    const std::string arm = b.label_of_arm(one.b);
    if (b.arms.size() > 1) std::printf("\n%s\n", arm.c_str());
    print_cells(a, one);
    std::fputs(comparison_text(one).c_str(), stdout);
    if (options.curve) std::fputs(curves_text(one).c_str(), stdout);
    status = std::max(status, gate(one.figures(), options));
  }
  return status;
}

}  // namespace

CLI::App& add_compare(CLI::App& app, CompareOptions& options) {
  CLI::App& verb = *app.add_subcommand(
      "compare",
      "is B slower than A? Each a directory of `repeat`, `run` or `sweep`, or a file of `run "
      "--json` reports, one a line, one a launch");
  verb.add_option("A", options.a, "launches of one kind")->required()->check(CLI::ExistingPath);
  verb.add_option("B", options.b, "launches of the other")->required()->check(CLI::ExistingPath);
  verb.add_flag("--curve", options.curve,
                "of two directories, the shift at each quantile from p1 to p99.9 as well");
  verb.add_option_function<std::string>(
      "--fail-above",
      [&options](const std::string& text) {
        try {
          options.fail_above = parse_percent(text);
        } catch (const std::invalid_argument& problem) {
          throw CLI::ValidationError("--fail-above", problem.what());
        }
      },
      "exit status 3 if B is slower by more than this part of A's median, for certain (5%)");
  return verb;
}

int compare_recorded(const CompareOptions& options) {
  std::puts(
      "not interleaved: what drifts with time (a busier host, a warmer one) is part of the shift");
  if (is_directory(options.a) && is_directory(options.b)) return compare_directories(options);
  const auto compared = compare_loads(options);
  std::fputs(comparison_text(compared).c_str(), stdout);
  return gate(compared, options);
}

}  // namespace trunkline::lab
