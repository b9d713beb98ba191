#include "lab/fresh_launches.h"

#include <stdlib.h>

#include <algorithm>
#include <boost/json.hpp>
#include <boost/process/args.hpp>
#include <boost/process/child.hpp>
#include <boost/process/env.hpp>
#include <boost/process/environment.hpp>
#include <boost/process/io.hpp>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <stdexcept>

#include "lab/floor.h"
#include "lab/format.h"
#include "lab/launch.h"
#include "lab/precision.h"
#include "lab/programs.h"
#include "lab/report.h"
#include "lab/whole_file.h"

namespace trunkline::lab {
namespace json = boost::json;
namespace process = boost::process;

namespace {

constexpr std::chrono::seconds kLook{1};
constexpr std::size_t kLogLines = 5;

std::string last_lines(const std::string& path) {
  std::ifstream file(path);
  std::vector<std::string> lines;
  for (std::string line; std::getline(file, line);) lines.push_back(line);
  std::string text;
  const std::size_t first = lines.size() > kLogLines ? lines.size() - kLogLines : 0;
  for (std::size_t i = first; i < lines.size(); ++i) text += "    " + lines[i] + "\n";
  return text;
}

// On the disk of the results.
std::string data_directory(const std::string& directory) {
  return directory + "/data-of-this-launch";
}

// Data of a launch; gone when it is over.
class DataDirectory {
 public:
  explicit DataDirectory(const std::string& directory) : path_(data_directory(directory)) {
    std::filesystem::remove_all(path_);
    std::filesystem::create_directories(path_);
  }
  ~DataDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  DataDirectory(const DataDirectory&) = delete;
  DataDirectory& operator=(const DataDirectory&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

int run_one(const Arm& arm, const std::string& directory, std::size_t launch,
            const std::string& log, const std::function<void(const Status&)>& on_status) {
  const DataDirectory data(directory);
  process::environment environment = boost::this_process::environment();
  for (const auto& [name, value] : arm.environment) environment[name] = value;
  const auto command = launch_command(arm, programs_directory(), data.path(), directory, launch);
  process::child child(command, environment, (process::std_out & process::std_err) > log,
                       process::std_in < process::null);
  while (!child.wait_for(kLook)) {
    if (const auto status = read_status(directory); status && on_status) on_status(*status);
  }
  return child.exit_code();
}

json::object read_manifest(const std::string& directory) {
  const std::string path = directory + "/manifest.json";
  const auto text = read_whole(path);
  boost::system::error_code error;
  json::value value = json::parse(text.value_or(""), error);
  if (error || !value.is_object()) {
    throw std::runtime_error(path + " cannot be read, or is no manifest");
  }
  return value.as_object();
}

bool is_narrow(const std::string& directory, double width) {
  const RecordedExperiment experiment = read_recorded_experiment(directory);
  const auto widest = precision_of(experiment, read_data(experiment));
  return widest && widest->width < width;
}

// All arms once.
void run_round(const Experiment& experiment, std::size_t round, const std::string& directory,
               const std::function<void(const Status&)>& on_status, FreshLaunches& all) {
  const std::size_t arms = experiment.arms.size();
  const auto order = order_of_arms(experiment, round + 1);
  for (std::size_t i = round * arms; i < order.size(); ++i) {
    const Arm& arm = experiment.arms[order[i]];
    const std::size_t launch = i + 1;
    const std::string log = launch_directory(directory, launch) + ".log";
    const int status = run_one(arm, directory, launch, log, on_status);
    ++all.launches;
    if (status == 0) continue;
    ++all.failed;
    std::fprintf(stderr, "trunkline-lab: launch %zu (%s) ended with status %d; %s ends with\n%s",
                 launch, arm.label.c_str(), status, log.c_str(), last_lines(log).c_str());
  }
}

}  // namespace

std::vector<std::string> launch_command(const Arm& arm, const std::string& programs,
                                        const std::string& data, const std::string& directory,
                                        std::size_t launch) {
  std::vector<std::string> command{programs + "/trunkline", "start", "--data", data};
  const auto arguments = with_defaults(arm.cluster);
  command.insert(command.end(), arguments.begin(), arguments.end());
  command.insert(command.end(),
                 {"--", programs + "/trunkline-lab", "launch", directory, std::to_string(launch)});
  return command;
}

FreshLaunches run_fresh_launches(const Experiment& experiment, const std::string& directory,
                                 const std::function<void(const Status&)>& on_status) {
  const auto began = std::chrono::steady_clock::now();
  const StopRule& stop = experiment.stop;
  FreshLaunches all;
  for (std::size_t round = 0;; ++round) {
    if (stop.ci_width == 0 && round >= experiment.launches) return all;
    if (stop.ci_width > 0 && round >= experiment.launches && is_narrow(directory, stop.ci_width)) {
      all.why = format("the interval of p50 of every cell is narrower than %g %% of it",
                       100 * stop.ci_width);
      return all;
    }
    const std::chrono::duration<double> passed = std::chrono::steady_clock::now() - began;
    if (stop.max_time_s > 0 && passed.count() >= stop.max_time_s) {
      all.why = format("the time is over (%g s)", stop.max_time_s);
      return all;
    }
    run_round(experiment, round, directory, on_status, all);
  }
}

int run_launch(const std::string& directory, std::size_t number) {
  const char* const run = ::getenv("TRUNKLINE_RUN");
  if (run == nullptr) throw std::runtime_error("TRUNKLINE_RUN names no cluster");
  const Experiment experiment = experiment_from_json(read_manifest(directory));
  const std::size_t arm = order_of_arms(experiment, number).at(number - 1);
  const Targets targets = find_targets(run);
  Target target{targets.urls, {}, false, targets.pids, targets.cluster, {}};
  const auto logins = numbered_logins("u", users_needed(experiment, targets.urls.size()));
  make_users(targets.cluster, logins);
  give_logins(target, experiment, logins);
  LaunchRecord record(
      directory, {number, arm_name(arm), experiment.arms[arm].cluster, targets.urls,
                  targets.cluster.ranks.size(), measure_floor(run, data_directory(directory))});
  StatusKeeper status(directory, experiment, number - 1, experiment.arms[arm].label);
  LaunchEvents events = status_events(status, experiment);
  events.on_cell = [](std::size_t, const LoadConfig& load, const LoadResult& result) {
    std::fputs((text_report(load, result) + "\n").c_str(), stdout);
    std::fflush(stdout);
  };
  try {
    run_cells(experiment, order_of_cells(experiment, number), target, &record, events);
  } catch (const std::exception& problem) {
    record.end(problem.what());
    throw;
  }
  record.end("");
  return 0;
}

}  // namespace trunkline::lab
