// clock.csv of a launch (lab/OUTPUT.md): where the clocks stood, second by second; and the way back
// from it and from cells.jsonl, so that raw stamps can be told by one clock at any time after.
//
// Threads: none.
#pragma once

#include <boost/json/fwd.hpp>
#include <iosfwd>
#include <map>
#include <string>

#include "lab/clock_findings.h"

namespace trunkline::lab {

inline constexpr const char* kClockHead =
    "cell,host,at_s,low_ns,middle_ns,high_ns,bound_us,drift_ppm,algorithm,from,to,clock_ns\n";
// A row a link and knot. `began_ns`: by the laboratory's clock, when the launch began.
void write_clock_rows(std::ostream& out, std::size_t cell, const ClockFindings& findings,
                      std::int64_t began_ns);

// Whose stamps are of several clocks, by cell.
class RecordedClocks {
 public:
  // The rows of a launch's clock.csv. Throws std::runtime_error that names the file (`name`).
  void read_rows(std::istream& in, const std::string& name);
  // "clock" of a line of cells.jsonl.
  void add_cell(std::size_t cell, const boost::json::object& clock);
  // As they came where nothing else is known.
  wire::StampBlock corrected(std::size_t cell, std::size_t pair,
                             const wire::StampBlock& block) const;

 private:
  struct Cell {
    CorrectedStamps stamps;
    std::vector<std::size_t> places;  // of each pair's receiver
  };
  std::map<std::size_t, std::vector<ClockLink>> links_;
  std::map<std::size_t, Cell> cells_;
};

}  // namespace trunkline::lab
