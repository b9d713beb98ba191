#include "lab/experiment.h"

#include <algorithm>
#include <boost/json.hpp>
#include <numeric>
#include <random>
#include <stdexcept>

namespace trunkline::lab {
namespace json = boost::json;

namespace {

std::vector<std::size_t> shuffled(std::size_t count, std::mt19937_64& chance) {
  std::vector<std::size_t> order(count);
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::shuffle(order.begin(), order.end(), chance);
  return order;
}

json::array arms_to_json(const std::vector<Arm>& arms) {
  json::array all;
  for (std::size_t i = 0; i < arms.size(); ++i) {
    all.push_back({{"name", arm_name(i)},
                   {"label", arms[i].label},
                   {"cluster", json::value_from(arms[i].cluster)},
                   {"environment", json::value_from(arms[i].environment)}});
  }
  return all;
}

json::array cells_to_json(const std::vector<Cell>& cells) {
  json::array all;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    all.push_back({{"cell", i}, {"label", label_of(cells[i])}, {"load", to_json(cells[i])}});
  }
  return all;
}

// All but the rate, and the times that may follow from it.
json::object without_rate(const Cell& cell) {
  json::object load = to_json(cell);
  for (const char* name : {"rate", "warmup_s", "measured_s"}) load.erase(name);
  return load;
}

}  // namespace

json::object to_json(const Experiment& experiment) {
  return {{"title", experiment.title},
          {"axis", experiment.axis.empty() ? json::value() : json::value(experiment.axis)},
          {"seed", experiment.seed},
          {"unit_of_replication", "launch"},
          {"launches_planned", experiment.launches},
          {"generators", experiment.generators},
          {"stop",
           {{"ci_width", experiment.stop.ci_width}, {"max_time_s", experiment.stop.max_time_s}}},
          {"clock", to_string(experiment.clock)},
          {"resync_s", experiment.resync_s},
          {"arms", arms_to_json(experiment.arms)},
          {"cells", cells_to_json(experiment.cells)}};
}

Experiment experiment_from_json(const json::object& object) {
  Experiment experiment;
  experiment.title = json::value_to<std::string>(object.at("title"));
  if (const auto& axis = object.at("axis"); !axis.is_null()) {
    experiment.axis = json::value_to<std::string>(axis);
  }
  experiment.seed = object.at("seed").to_number<std::uint64_t>();
  experiment.launches = object.at("launches_planned").to_number<std::size_t>();
  experiment.generators = object.at("generators").to_number<std::size_t>();
  const json::object& stop = object.at("stop").as_object();
  experiment.stop = {stop.at("ci_width").to_number<double>(),
                     stop.at("max_time_s").to_number<double>()};
  experiment.clock = clock_algorithm_named(object.at("clock").as_string()).value();
  experiment.resync_s = object.at("resync_s").to_number<double>();
  for (const json::value& arm : object.at("arms").as_array()) {
    experiment.arms.push_back(
        {json::value_to<std::string>(arm.at("label")),
         json::value_to<std::vector<std::string>>(arm.at("cluster")),
         json::value_to<std::map<std::string, std::string>>(arm.at("environment"))});
  }
  for (const json::value& cell : object.at("cells").as_array()) {
    experiment.cells.push_back(cell_from_json(cell.at("load").as_object()));
  }
  return experiment;
}

void complete(StopRule& stop, std::size_t& launches) {
  if (stop.ci_width == 0) return;
  launches = std::max(launches, kLaunchesForWidth);
  if (stop.max_time_s == 0) stop.max_time_s = kTimeForWidthS;
}

std::string arm_name(std::size_t arm) {
  const std::string letter(1, static_cast<char>('A' + arm % 26));
  return arm < 26 ? letter : letter + std::to_string(arm / 26);
}

std::vector<std::size_t> order_of_arms(const Experiment& experiment, std::size_t rounds) {
  std::mt19937_64 chance(experiment.seed);
  std::vector<std::size_t> order;
  for (std::size_t round = 0; round < rounds; ++round) {
    const auto one = shuffled(experiment.arms.size(), chance);
    order.insert(order.end(), one.begin(), one.end());
  }
  return order;
}

std::vector<std::size_t> order_of_cells(const Experiment& experiment, std::size_t launch) {
  std::seed_seq seeds{experiment.seed, std::uint64_t{launch}};
  std::mt19937_64 chance(seeds);
  return shuffled(experiment.cells.size(), chance);
}

bool saturated_below(const std::vector<Cell>& cells, const std::vector<bool>& saturated,
                     std::size_t cell) {
  constexpr int kEnough = 2;
  if (cells[cell].window > 0) return false;
  const json::object load = without_rate(cells[cell]);
  int below = 0;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    below += saturated[i] && cells[i].rate_per_second < cells[cell].rate_per_second &&
             without_rate(cells[i]) == load;
  }
  return below >= kEnough;
}

}  // namespace trunkline::lab
