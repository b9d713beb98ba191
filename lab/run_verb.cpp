#include "lab/run_verb.h"

#include <boost/json.hpp>
#include <cstdio>
#include <filesystem>
#include <stdexcept>

#include "lab/checks.h"
#include "lab/exit_status.h"
#include "lab/floor.h"
#include "lab/fresh_launches.h"
#include "lab/launch.h"
#include "lab/manifest.h"
#include "lab/overhead.h"
#include "lab/own_ranks.h"
#include "lab/programs.h"
#include "lab/progress.h"
#include "lab/ranges.h"
#include "lab/report.h"
#include "lab/report_verb.h"
#include "lab/whole_file.h"

namespace trunkline::lab {
namespace json = boost::json;

namespace {

// Beside other results, in the directory where one is.
std::string fresh_directory() {
  std::string name = "trunkline-lab-" + utc_now();
  std::erase(name, ':');
  return name;
}

void add_target(CLI::App& app, RunOptions& options) {
  app.add_option("--users", options.user_prefix,
                 "prefix of the users, PREFIX0001 and so on, with the password equal to the name")
      ->capture_default_str();
  app.add_option("--accounts", options.accounts, "file of users instead: name and password a line");
  app.add_option("--pids", options.pids, "server processes whose CPU and sleeps are counted")
      ->delimiter(',');
  app.add_flag("--verify", options.verify_certificate, "refuse self-signed certificates");
}

void add_fresh(CLI::App& app, RunOptions& options) {
  app.add_option("--cluster", options.cluster,
                 "of the cluster that is started: arguments of `trunkline start`, as one word "
                 "(\"--ranks 4 --edges fused\"); under mpirun of trunkline-rank");
}

// A value that is parsed when it is given.
void add_parsed(CLI::App& app, const char* name, double (*parse)(const std::string&), double scale,
                double& value, const char* help) {
  app.add_option_function<std::string>(
      name,
      [=, &value](const std::string& text) {
        try {
          value = scale * parse(text);
        } catch (const std::invalid_argument& problem) {
          throw CLI::ValidationError(name, problem.what());
        }
      },
      help);
}

void add_stop_rule(CLI::App& app, StopRule& stop) {
  add_parsed(app, "--ci-width", parse_percent, 0.01, stop.ci_width,
             "go on beyond -n until the interval of p50 of every cell is narrower than this part "
             "of it (5%), or the time is over");
  add_parsed(app, "--max-time", parse_duration, 1, stop.max_time_s,
             "no round of launches begins later: 90s, 10m, 2h; with --ci-width 10m");
}

void add_clock(CLI::App& app, RunOptions& options) {
  app.add_option("--clock", options.clock,
                 "how stamps of several hosts are told by one clock: hull (default; with a "
                 "guaranteed bound), hca3, offset, none")
      ->check(CLI::IsMember({"hull", "hca3", "offset", "none"}));
  add_parsed(app, "--resync", parse_duration, 1, options.resync_s,
             "time between two comparisons of clocks; default 1s");
}

void add_output(CLI::App& app, RunOptions& options) {
  app.add_option("-o,--output", options.directory, "directory of the results (lab/OUTPUT.md)");
  app.add_flag("--json", options.json, "one JSON object a cell instead of text");
  app.add_flag("--quiet", options.quiet, "no progress on stderr");
}

Experiment experiment_of(const RunOptions& options) {
  Experiment experiment;
  if (!options.file.empty()) {
    experiment = read_experiment(options.file);
  } else {
    experiment.cells = cells_of(options.cells);
    if (options.verb == Measures::overhead) {
      experiment.cells = overhead_cells(experiment.cells.front());
    }
    experiment.title = experiment.cells.size() == 1
                           ? label_of(experiment.cells.front())
                           : "a sweep of " + std::to_string(experiment.cells.size()) + " loads";
    experiment.seed = options.cells.seed;
    experiment.launches = kLaunchesUsual;
    experiment.arms = {{options.cluster, words_of(options.cluster), {}}};
    if (!options.versus.empty()) {
      experiment.arms.push_back({options.versus, words_of(options.versus), {}});
    }
    const bool rates = experiment.cells.size() > 1 &&
                       experiment.cells[0].rate_per_second != experiment.cells[1].rate_per_second;
    experiment.axis = rates                         ? "rate"
                      : experiment.cells.size() > 1 ? "size"
                      : experiment.arms.size() > 1  ? "arm"
                                                    : "";
  }
  if (!options.clock.empty()) experiment.clock = clock_algorithm_named(options.clock).value();
  if (options.resync_s > 0) experiment.resync_s = options.resync_s;
  if (options.generators > 0) experiment.generators = options.generators;
  if (options.stop.ci_width > 0) experiment.stop.ci_width = options.stop.ci_width;
  if (options.stop.max_time_s > 0) experiment.stop.max_time_s = options.stop.max_time_s;
  if (options.file.empty() && experiment.stop.ci_width > 0) experiment.launches = kLaunchesForWidth;
  if (options.launches > 0) experiment.launches = options.launches;
  complete(experiment.stop, experiment.launches);
  return experiment;
}

// A cluster that serves: found by its run directory, or by the URLs that were given.
Target target_of(const RunOptions& options, const Experiment& experiment) {
  Target target;
  target.urls = options.urls;
  target.pids = options.pids;
  target.verify_certificate = options.verify_certificate;
  if (!options.run_directory.empty()) {
    const Targets targets = find_targets(options.run_directory);
    target.urls = targets.urls;
    if (target.pids.empty()) target.pids = targets.pids;
    target.cluster = targets.cluster;
  }
  if (target.urls.empty()) {
    throw std::runtime_error("no edge is known in " + options.run_directory +
                             "; give their URLs to `trunkline-lab attach`");
  }
  const std::size_t users = users_needed(experiment, target.urls.size());
  const auto logins = options.accounts.empty() ? numbered_logins(options.user_prefix, users)
                                               : read_logins(options.accounts);
  if (options.make_users) make_users(*target.cluster, logins);
  give_logins(target, experiment, logins);
  return target;
}

void begin_directory(const RunOptions& options, const Experiment& experiment) {
  const std::string& directory = options.directory;
  std::filesystem::create_directories(directory);
  if (std::filesystem::exists(directory + "/manifest.json")) {
    throw std::runtime_error(directory + " holds an experiment already: give another -o");
  }
  json::object manifest = to_json(experiment);
  manifest["schema"] = 1;
  manifest["created"] = utc_now();
  manifest["argv"] = json::value_from(options.arguments);
  for (auto& [name, facts] : surroundings()) manifest[name] = std::move(facts);
  std::string lines;
  for (const std::string& argument : options.arguments) lines += argument + "\n";
  write_whole(directory + "/argv.txt", lines);
  write_whole(directory + "/REPRODUCE.sh", reproduce_script(options.arguments));
  std::filesystem::permissions(directory + "/REPRODUCE.sh", std::filesystem::perms(0755));
  const std::string host(manifest["host"].at("name").as_string());
  write_whole(directory + "/hwloc-" + host + ".xml", topology_xml());
  write_whole(directory + "/manifest.json", json::serialize(manifest) + "\n");
}

int measure_running(const RunOptions& options, const Experiment& experiment) {
  const Target target = target_of(options, experiment);
  std::optional<LaunchRecord> record;
  std::optional<StatusKeeper> status;
  if (!options.directory.empty()) {
    const std::size_t ranks = target.cluster ? target.cluster->ranks.size() : 0;
    record.emplace(
        options.directory,
        LaunchFacts{
            1, "A", {}, target.urls, ranks, measure_floor(options.run_directory, options.data)});
    status.emplace(options.directory, experiment, 0, "");
  }
  ProgressLine line;
  bool good = true;
  LaunchEvents events = status ? status_events(*status, experiment) : LaunchEvents();
  events.on_progress = [&, keep = events.on_progress](std::size_t cell, const Progress& progress) {
    if (keep) keep(cell, progress);
    if (!options.quiet) line.show(progress_line(progress));
  };
  events.on_left_out = [&, keep = events.on_left_out](std::size_t cell, const std::string& why) {
    if (keep) keep(cell, why);
    if (!options.quiet) line.clear();
    std::puts(left_out_report(label_of(experiment.cells[cell]), why, options.json).c_str());
  };
  events.on_cell = [&](std::size_t, const LoadConfig& load, const LoadResult& result) {
    if (!options.quiet) line.clear();
    const std::string report = options.json ? json::serialize(json_report(load, result)) + "\n"
                                            : text_report(load, result);
    std::fputs(report.c_str(), stdout);
    good = good && all_passed(checks_of(load, result));
  };
  try {
    run_cells(experiment, order_of_cells(experiment, 1), target, record ? &*record : nullptr,
              events);
  } catch (const std::exception& problem) {
    if (record) record->end(problem.what());
    throw;
  }
  if (!record) return good ? kExitGood : kExitCheck;
  record->end("");
  write_over(options.directory);
  return report({options.directory});
}

int measure_fresh(const RunOptions& options, const Experiment& experiment) {
  begin_directory(options, experiment);
  ProgressLine line;
  const FreshLaunches all =
      run_fresh_launches(experiment, options.directory, [&](const Status& status) {
        if (!options.quiet) line.show(status_line(status));
      });
  if (!options.quiet) line.clear();
  write_over(options.directory);
  if (!all.why.empty()) {
    std::printf("stopped after %zu launches: %s\n", all.launches, all.why.c_str());
  }
  const int status = report({options.directory});
  if (options.verb == Measures::overhead) {
    const auto medians = read_medians(options.directory, experiment.cells.size());
    std::fputs(overhead_text(medians).c_str(), stdout);
  }
  return all.failed == 0 ? status : kExitError;
}

// What CLI11 cannot see.
void check(const RunOptions& options) {
  const bool running = !options.run_directory.empty();
  if (options.make_users && !running) throw CLI::RequiresError("--make-users", "--run-dir");
  if (running && !options.cluster.empty()) {
    throw CLI::ExcludesError("--cluster", "--run-dir");
  }
}

// As an MPI job: all but the first process become ranks.
int measure_in_job(RunOptions options, const Experiment& experiment) {
  if (options.directory.empty()) options.directory = "trunkline-lab-" + name_of_mpi_job();
  const RankOptions ranks{options.directory + "/data", words_of(options.cluster)};
  if (number_in_mpi_job() > 0) become_rank(ranks);
  begin_directory(options, experiment);
  const OwnRanks own(ranks);
  options.run_directory = own.run_directory();
  options.data = ranks.data;
  options.make_users = true;
  return measure_running(options, experiment);
}

}  // namespace

CLI::App& add_run(CLI::App& app, RunOptions& options, Measures verb) {
  static const std::map<Measures, std::pair<const char*, const char*>> kVerbs{
      {Measures::run, {"run", "one load, on a cluster that serves or on a fresh one"}},
      {Measures::sweep, {"sweep", "several loads in random order, on one cluster"}},
      {Measures::attach, {"attach", "one load or several, on a running cluster, by its URLs"}},
      {Measures::repeat,
       {"repeat", "fresh launches of a cluster in random order; of two, with --vs"}},
      {Measures::overhead,
       {"overhead", "what tracing costs: off, an empty block, 1:64, all, on fresh launches"}}};
  options.verb = verb;
  CLI::App& sub = *app.add_subcommand(kVerbs.at(verb).first, kVerbs.at(verb).second);
  const bool sweeps = verb != Measures::run && verb != Measures::overhead;
  add_cell_options(sub, options.cells, sweeps);
  add_clock(sub, options);
  add_output(sub, options);
  sub.add_option("--generators", options.generators,
                 "processes that send, where one is not enough: pairs and schedule are divided "
                 "among them; default 1")
      ->check(CLI::PositiveNumber);
  if (verb == Measures::repeat) {
    sub.add_option("experiment", options.file, "TOML file that says all of it (lab/experiments)")
        ->check(CLI::ExistingFile);
    sub.add_option("-n,--launches", options.launches,
                   "of each cluster; 10 (with --ci-width 6, the least), or what the file says; "
                   "below 6 it is exploratory");
    add_stop_rule(sub, options.stop);
    add_fresh(sub, options);
    sub.add_option("--vs", options.versus, "the other cluster of a comparison, as --cluster");
    return sub;
  }
  if (verb == Measures::overhead) {
    sub.add_option("-n,--launches", options.launches, "default 10; below 6 nothing is said");
    add_fresh(sub, options);
    return sub;
  }
  options.launches = 1;
  add_target(sub, options);
  if (verb == Measures::attach) {
    sub.add_option("urls", options.urls, "of edges, as ws://127.0.0.1:8080")->required();
    return sub;
  }
  sub.add_option("--run-dir", options.run_directory,
                 "run directory of a cluster that serves; without it one is started");
  sub.add_flag("--make-users", options.make_users, "add the users that are missing (--run-dir)");
  add_fresh(sub, options);
  return sub;
}

int measure(const RunOptions& given) {
  RunOptions options = given;
  check(options);
  const Experiment experiment = experiment_of(options);
  const bool running = !options.urls.empty() || !options.run_directory.empty();
  if (running) {
    if (!options.directory.empty()) begin_directory(options, experiment);
    return measure_running(options, experiment);
  }
  const bool one_launch = options.verb != Measures::repeat && options.verb != Measures::overhead;
  if (is_in_mpi_job() && one_launch) {
    return measure_in_job(options, experiment);
  }
  if (options.directory.empty()) options.directory = fresh_directory();
  return measure_fresh(options, experiment);
}

}  // namespace trunkline::lab
