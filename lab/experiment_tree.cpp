#include "lab/experiment_tree.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <stdexcept>

#include "lab/hops.h"
#include "lab/json_fields.h"

namespace trunkline::lab {
namespace fs = std::filesystem;
namespace json = boost::json;

namespace {

json::object object_in(const std::string& path) {
  std::ifstream file(path);
  if (!file) throw std::runtime_error(path + " cannot be read");
  return read_json(file, path);
}

template <class Row>
std::vector<Row> rows_of(const Fields& fields, const char* key, Row (*row_of)(const Fields&)) {
  std::vector<Row> rows;
  for (const json::value& one : fields.list(key)) {
    if (!one.is_object()) {
      throw std::runtime_error(fields.where() + ": \"" + key + "\" holds what is no object");
    }
    rows.push_back(row_of(Fields(one.get_object(), fields.where() + ", in \"" + key + "\"")));
  }
  return rows;
}

std::vector<std::string> texts_of(const Fields& fields, const char* key) {
  std::vector<std::string> texts;
  for (const json::value& one : fields.list(key)) {
    texts.push_back(one.is_string() ? std::string(one.get_string()) : json::serialize(one));
  }
  return texts;
}

RecordedArm arm_of(const Fields& fields) {
  const std::string name = fields.text("name");
  return {name, fields.text_or("label", name)};
}

PlannedCell planned_cell_of(const Fields& fields) {
  return {fields.count("cell"), fields.text("label")};
}

RecordedCheck check_of(const Fields& fields) {
  return {fields.text("name"), fields.flag_or("passed", false), fields.number_if("value"),
          fields.number_if("limit"), fields.text_or("text", "")};
}

RecordedFloorRow floor_row_of(const Fields& fields) {
  return {fields.text("name"),     fields.text_or("text", ""), fields.text("direction"),
          fields.number("p50_us"), fields.number("p99_us"),    fields.number("n")};
}

// By the names that people read. A name that means nothing makes a series that nobody asks for.
std::string series_of_hop(const std::string& from, const std::string& to) {
  const auto word = [](const std::string& name) {
    for (std::size_t i = 0; i < wire::kStampCount; ++i) {
      const auto stamp = static_cast<wire::Stamp>(i);
      if (name_of(stamp) == name) return std::string(word_of(stamp));
    }
    return name;
  };
  return "hop:" + word(from) + "-" + word(to);
}

RecordedCell cell_of(const Fields& fields) {
  RecordedCell run;
  run.launch = fields.count("launch");
  run.cell = fields.count("cell");
  run.arm = fields.text("arm");
  run.label = fields.text("label");
  run.message_class = fields.text("class");
  run.size_bytes = fields.number("size");
  run.rate_per_s = fields.number_if("rate");
  run.steady = fields.text("steady");
  run.offered_per_s = fields.number_if("offered_per_s").value_or(0);
  run.achieved_per_s = fields.number("achieved_per_s");
  run.measured_s = fields.number_if("measured_s");
  run.is_void = fields.flag_or("void", false);
  run.failed = fields.flag_or("failed", false);
  run.checks = rows_of(fields, "checks", check_of);
  run.remarks = texts_of(fields, "remarks");
  if (const json::value* clock = fields.object().if_contains("clock");
      clock && clock->is_object()) {
    const Fields inside(clock->get_object(), fields.where() + ", in \"clock\"");
    run.hosts = static_cast<std::size_t>(inside.number_if("hosts").value_or(0));
  }
  for (const json::value& row : fields.list("hops_us")) {
    const Fields hop(row.as_object(), fields.where() + ", in \"hops_us\"");
    const auto bound = hop.number_if("bound_us");
    if (bound) run.hop_bounds_us[series_of_hop(hop.text("from"), hop.text("to"))] = *bound;
  }
  return run;
}

RecordedLaunch launch_in(const std::string& directory) {
  const std::string path = directory + "/launch.json";
  const json::object object = object_in(path);
  const Fields fields(object, path);
  RecordedLaunch launch;
  launch.directory = directory;
  launch.number = fields.count("launch");
  launch.order = static_cast<std::size_t>(fields.number_if("order").value_or(0));
  launch.arm = fields.text_or("arm", "A");
  launch.status = fields.text("status");
  launch.why = fields.text_or("why", "");
  launch.placement = fields.text_or("placement", "");
  launch.ranks = fields.number_if("ranks");
  launch.places = texts_of(fields, "places");
  if (const json::value* floor = object.if_contains("floor"); floor && floor->is_object()) {
    const Fields inside(floor->get_object(), path + ", in \"floor\"");
    launch.floor =
        RecordedFloor{rows_of(inside, "rows", floor_row_of), inside.number_if("road_p50_us")};
  }
  std::ifstream cells(directory + "/cells.jsonl");  // absent: none was finished
  read_json_lines(cells, directory + "/cells.jsonl",
                  [&](const Fields& line) { launch.cells.push_back(cell_of(line)); });
  std::ifstream left_out(directory + "/not_run.jsonl");  // absent: none was left out
  read_json_lines(left_out, directory + "/not_run.jsonl", [&](const Fields& line) {
    launch.not_run.push_back({line.count("cell"), line.text("why")});
  });
  return launch;
}

// What the programs of a launch said is all that there is of it.
RecordedLaunch never_begun(const std::string& log) {
  RecordedLaunch launch;
  launch.number = std::strtoul(log.c_str() + std::string("launch-").size(), nullptr, 10);
  launch.status = "failed";
  launch.why = "it never began: see " + log;
  return launch;
}

}  // namespace

std::string RecordedExperiment::label_of_arm(const std::string& name) const {
  for (const RecordedArm& arm : arms) {
    if (arm.name == name) return arm.label;
  }
  return name;
}

std::string RecordedExperiment::label_of_cell(std::size_t number) const {
  for (const PlannedCell& cell : cells) {
    if (cell.number == number) return cell.label;
  }
  return "cell " + std::to_string(number);
}

RecordedExperiment read_recorded_experiment(const std::string& directory) {
  const std::string path = directory + "/manifest.json";
  RecordedExperiment experiment;
  experiment.directory = directory;
  experiment.manifest = object_in(path);
  const Fields fields(experiment.manifest, path);
  if (fields.number("schema") != 1) throw std::runtime_error(path + ": not of schema 1");
  experiment.title = fields.text("title");
  experiment.created = fields.text("created");
  experiment.axis = fields.text_or("axis", "");
  experiment.storage = fields.text_or("storage", "");
  experiment.hosts = static_cast<std::size_t>(fields.number_if("hosts").value_or(1));
  experiment.arms = rows_of(fields, "arms", arm_of);
  if (experiment.arms.empty()) experiment.arms = {{"A", "A"}};
  experiment.launches_planned = fields.count("launches_planned") * experiment.arms.size();
  experiment.cells = rows_of(fields, "cells", planned_cell_of);
  if (const json::value* stop = experiment.manifest.if_contains("stop"); stop != nullptr) {
    const double width = Fields(stop->as_object(), path + ", in \"stop\"").number("ci_width");
    if (width > 0) experiment.ci_width = width;
  }
  for (const auto& entry : fs::directory_iterator(directory)) {
    const std::string name = entry.path().filename().string();
    if (!name.starts_with("launch-")) continue;
    if (fs::exists(entry.path() / "launch.json")) {
      experiment.launches.push_back(launch_in(entry.path().string()));
    } else if (name.ends_with(".log") &&
               !fs::exists(directory + "/" + entry.path().stem().string())) {
      experiment.launches.push_back(never_begun(name));
    }
  }
  std::sort(experiment.launches.begin(), experiment.launches.end(),
            [](const RecordedLaunch& a, const RecordedLaunch& b) { return a.number < b.number; });
  for (const RecordedLaunch& launch : experiment.launches) {
    for (const RecordedCell& run : launch.cells) {
      if (run.hosts == std::size_t{0}) experiment.hosts = 0;
      if (experiment.hosts > 0)
        experiment.hosts = std::max(experiment.hosts, run.hosts.value_or(1));
    }
  }
  return experiment;
}

std::size_t headline_cell(const RecordedExperiment& experiment) {
  for (const PlannedCell& planned : experiment.cells) {
    std::set<std::string> arms;
    for (const RecordedLaunch& launch : experiment.launches) {
      for (const RecordedCell& run : launch.cells) {
        if (run.cell == planned.number && run.counts()) arms.insert(launch.arm);
      }
    }
    if (arms.size() == experiment.arms.size()) return planned.number;
  }
  return experiment.cells.empty() ? 0 : experiment.cells.front().number;
}

}  // namespace trunkline::lab
