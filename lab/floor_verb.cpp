#include "lab/floor_verb.h"

#include <boost/json.hpp>
#include <cstdio>
#include <filesystem>

#include "lab/exit_status.h"
#include "lab/floor.h"
#include "lab/own_ranks.h"

namespace trunkline::lab {

namespace {

void print(const Floor& floor, bool json) {
  std::string text;
  if (json) {
    text = boost::json::serialize(to_json(floor)) + "\n";
  } else {
    text = floor_table(floor) + (floor.ranks ? mpi_tables(*floor.ranks) : "");
  }
  std::fputs(text.c_str(), stdout);
}

// Ranks of our own, on the disk that is asked; what they left is removed.
int print_in_job(const FloorOptions& options) {
  const std::string parent = options.data.empty() ? "." : options.data;
  const std::string data = parent + "/trunkline-floor-" + name_of_mpi_job();
  const RankOptions ranks{data, {"--store", "memory"}};
  if (number_in_mpi_job() > 0) become_rank(ranks);
  {
    const OwnRanks own(ranks);
    print(measure_floor(own.run_directory(), parent), options.json);
  }
  std::filesystem::remove_all(data);
  return kExitGood;
}

}  // namespace

CLI::App& add_floor(CLI::App& app, FloorOptions& options) {
  CLI::App& verb = *app.add_subcommand(
      "floor", "what each piece of the road costs alone; as an MPI job, MPI between its ranks too");
  verb.add_option("--run-dir", options.run_directory,
                  "of a cluster that was started with --measure-floor: its ranks' floor too");
  verb.add_option("--data", options.data, "directory whose disk is asked; in a job the current one")
      ->check(CLI::ExistingDirectory);
  verb.add_flag("--json", options.json, "one JSON object instead of tables");
  return verb;
}

int print_floor(const FloorOptions& options) {
  if (is_in_mpi_job() && options.run_directory.empty()) return print_in_job(options);
  print(measure_floor(options.run_directory, options.data), options.json);
  return kExitGood;
}

}  // namespace trunkline::lab
