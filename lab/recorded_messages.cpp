#include "lab/recorded_messages.h"

#include <boost/json.hpp>
#include <fstream>

#include "lab/clock_csv.h"
#include "lab/json_fields.h"

namespace trunkline::lab {
namespace {

RecordedClocks clocks_of(const std::string& launch_directory) {
  RecordedClocks clocks;
  const std::string rows = launch_directory + "/clock.csv",
                    cells = launch_directory + "/cells.jsonl";
  std::ifstream rows_file(rows), cells_file(cells);
  clocks.read_rows(rows_file, rows);
  read_json_lines(cells_file, cells, [&](const Fields& line) {
    const boost::json::value* clock = line.object().if_contains("clock");
    if (clock != nullptr && clock->is_object()) {
      clocks.add_cell(line.count("cell"), clock->get_object());
    }
  });
  return clocks;
}

}  // namespace

bool read_messages(const std::string& launch_directory,
                   const std::function<void(const TracedMessage&)>& on_message) {
  const std::string path = launch_directory + "/traced.bin";
  std::ifstream file(path, std::ios::binary);
  if (!file) return false;
  const RecordedClocks clocks = clocks_of(launch_directory);
  read_traced(file, path, [&](TracedMessage message) {
    message.stamps = clocks.corrected(message.cell, message.pair, message.stamps);
    on_message(message);
  });
  return true;
}

}  // namespace trunkline::lab
