#include <toml++/toml.h>
#include <boost/json.hpp>
#include <sstream>
#include <stdexcept>

#include "lab/experiment.h"
#include "lab/ranges.h"

namespace trunkline::lab {
namespace json = boost::json;

namespace {

[[noreturn]] void refuse(const toml::node& where, const std::string& why) {
  std::ostringstream text;
  text << "line " << where.source().begin.line << ": " << why;
  throw std::runtime_error(text.str());
}

void allow(const toml::table& table, std::initializer_list<std::string_view> names) {
  for (const auto& [name, node] : table) {
    if (std::find(names.begin(), names.end(), name.str()) != names.end()) continue;
    std::string known;
    for (const std::string_view one : names) known += " " + std::string(one);
    refuse(node, std::string(name.str()) + " means nothing here; known are:" + known);
  }
}

template <class T>
T value_of(const toml::table& table, std::string_view name, T otherwise) {
  const toml::node* node = table.get(name);
  if (node == nullptr) return otherwise;
  const auto value = node->value<T>();
  if (!value) refuse(*node, std::string(name) + " has another type");
  return *value;
}

const toml::table& table_in(const toml::table& table, std::string_view name) {
  static const toml::table kNone;
  const toml::node* node = table.get(name);
  if (node == nullptr) return kNone;
  if (!node->is_table())
    refuse(*node, std::string(name) + " is a table: [" + std::string(name) + "]");
  return *node->as_table();
}

json::value scalar(const toml::node& node) {
  if (const auto flag = node.as_boolean()) return flag->get();
  if (const auto number = node.as_integer()) return number->get();
  if (const auto number = node.as_floating_point()) return number->get();
  if (const auto text = node.as_string()) return json::string(text->get());
  refuse(node, "a number, a text, true or false is wanted");
}

// Of one field: several values where an array stands.
std::vector<json::value> values_in(const toml::node& node) {
  const toml::array* array = node.as_array();
  if (array == nullptr) return {scalar(node)};
  if (array->empty()) refuse(node, "an empty list makes no cell");
  std::vector<json::value> values;
  for (const toml::node& one : *array) values.push_back(scalar(one));
  return values;
}

// Every combination of the values of all fields.
std::vector<Cell> cells_in(const toml::table& load) {
  std::vector<json::object> loads{json::object()};
  for (const auto& [name, node] : load) {
    std::vector<json::object> more;
    for (const json::value& value : values_in(node)) {
      for (json::object one : loads) {
        one[std::string(name.str())] = value;
        more.push_back(std::move(one));
      }
    }
    loads = std::move(more);
  }
  std::vector<Cell> cells;
  for (const json::object& one : loads) {
    try {
      cells.push_back(cell_from_json(one));
    } catch (const std::exception& problem) {
      refuse(load, std::string("[load]: ") + problem.what());
    }
  }
  return cells;
}

std::string axis_of(const toml::table& load, std::size_t arms) {
  for (const char* name : {"rate", "size"}) {
    const toml::node* node = load.get(name);
    if (node != nullptr && node->is_array()) return name;
  }
  return arms > 1 ? "arm" : "";
}

std::string text_of(const json::value& value) {
  return value.is_string() ? std::string(value.as_string()) : json::serialize(value);
}

// Options of `trunkline start`, by their long names; those of the arm stand for the common ones.
Arm arm_of(std::string label, const toml::table& common, const toml::table& own) {
  std::map<std::string, json::value> options;
  Arm arm{std::move(label), {}, {}};
  for (const toml::table* table : {&common, &own}) {
    for (const auto& [name, node] : *table) {
      if (name.str() == "mpi") continue;
      options[std::string(name.str())] = scalar(node);
    }
    for (const auto& [name, node] : table_in(*table, "mpi")) {
      arm.environment["OMPI_MCA_" + std::string(name.str())] = text_of(scalar(node));
    }
  }
  for (const auto& [name, value] : options) {
    if (value.is_bool() && !value.as_bool()) continue;
    arm.cluster.push_back("--" + name);
    if (!value.is_bool()) arm.cluster.push_back(text_of(value));
  }
  return arm;
}

std::vector<Arm> arms_in(const toml::table& file) {
  const toml::table& common = table_in(file, "cluster");
  const toml::node* node = file.get("arm");
  if (node == nullptr) return {arm_of("", common, {})};
  const toml::array* array = node->as_array();
  if (array == nullptr || array->empty()) refuse(*node, "arms are written as [[arm]]");
  std::vector<Arm> arms;
  for (const toml::node& one : *array) {
    if (!one.is_table()) refuse(one, "arms are written as [[arm]]");
    const toml::table& table = *one.as_table();
    allow(table, {"label", "cluster"});
    const auto label = value_of<std::string>(table, "label", "");
    if (label.empty()) refuse(one, "an arm needs a label");
    arms.push_back(arm_of(label, common, table_in(table, "cluster")));
  }
  return arms;
}

// A number, or a text with a unit.
double measure_in(const toml::table& file, const char* name, double (*parse)(const std::string&)) {
  const toml::node* node = file.get(name);
  if (node == nullptr) return 0;
  try {
    return parse(text_of(scalar(*node)));
  } catch (const std::invalid_argument& problem) {
    refuse(*node, std::string(name) + ": " + problem.what());
  }
}

StopRule stop_rule_in(const toml::table& file) {
  return {measure_in(file, "ci_width", parse_percent) / 100,
          measure_in(file, "max_time", parse_duration)};
}

Experiment experiment_in(const toml::table& file) {
  allow(file, {"title", "seed", "launches", "ci_width", "max_time", "clock", "resync", "generators",
               "cluster", "load", "arm"});
  Experiment experiment;
  experiment.title = value_of<std::string>(file, "title", "an experiment");
  experiment.seed = static_cast<std::uint64_t>(value_of<std::int64_t>(file, "seed", 1));
  experiment.stop = stop_rule_in(file);
  const std::size_t usual = experiment.stop.ci_width > 0 ? kLaunchesForWidth : kLaunchesUsual;
  const auto launches = value_of<std::int64_t>(file, "launches", static_cast<std::int64_t>(usual));
  if (launches < 1) refuse(*file.get("launches"), "at least one launch");
  experiment.launches = static_cast<std::size_t>(launches);
  const auto clock = clock_algorithm_named(
      value_of<std::string>(file, "clock", std::string(to_string(experiment.clock))));
  if (!clock) refuse(*file.get("clock"), "clock is hull, hca3, offset or none");
  experiment.clock = *clock;
  if (file.contains("resync")) experiment.resync_s = measure_in(file, "resync", parse_duration);
  const auto generators = value_of<std::int64_t>(file, "generators", 1);
  if (generators < 1) refuse(*file.get("generators"), "at least one generator");
  experiment.generators = static_cast<std::size_t>(generators);
  experiment.arms = arms_in(file);
  const toml::table& load = table_in(file, "load");
  experiment.cells = cells_in(load);
  experiment.axis = axis_of(load, experiment.arms.size());
  return experiment;
}

}  // namespace

Experiment read_experiment(const std::string& path) {
  try {
    return experiment_in(toml::parse_file(path));
  } catch (const toml::parse_error& problem) {
    std::ostringstream text;
    text << path << ", line " << problem.source().begin.line << ": " << problem.description();
    throw std::runtime_error(text.str());
  } catch (const std::exception& problem) {
    throw std::runtime_error(path + ", " + problem.what());
  }
}

}  // namespace trunkline::lab
