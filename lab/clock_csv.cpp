#include "lab/clock_csv.h"

#include <boost/json.hpp>
#include <ostream>

#include "lab/csv.h"
#include "lab/format.h"

namespace trunkline::lab {
namespace json = boost::json;

namespace {

std::string hexadecimal(std::uint16_t node) {
  return format("%04x", unsigned{node});
}

// Of the middle, from this knot to the next; of the last one, from the one before.
double drift_ppm(const std::vector<ClockCurve::Knot>& knots, std::size_t at) {
  if (knots.size() < 2) return 0;
  const std::size_t from = std::min(at, knots.size() - 2);
  const double time = static_cast<double>(knots[from + 1].our_ns - knots[from].our_ns);
  return 1e6 * static_cast<double>(knots[from + 1].offset.middle() - knots[from].offset.middle()) /
         time;
}

std::string row_of(const ClockLink& link, std::size_t at) {
  const ClockCurve::Knot& knot = link.curve.knots()[at];
  const auto number = [](std::int64_t value) { return std::to_string(value); };
  const std::string bound =
      link.bounded ? csv_number(static_cast<double>(knot.offset.bound()) / 1000) : "";
  return (link.bounded ? number(knot.offset.low) : "") + "," + number(knot.offset.middle()) + "," +
         (link.bounded ? number(knot.offset.high) : "") + "," + bound + "," +
         csv_number(drift_ppm(link.curve.knots(), at));
}

}  // namespace

void write_clock_rows(std::ostream& out, std::size_t cell, const ClockFindings& findings,
                      std::int64_t began_ns) {
  const CorrectedStamps& stamps = findings.stamps();
  for (const ClockLink& link : stamps.links()) {
    for (std::size_t at = 0; at < link.curve.knots().size(); ++at) {
      const std::int64_t clock_ns = link.curve.knots()[at].our_ns;
      const auto since = static_cast<double>(stamps.our_time(link.from, clock_ns) - began_ns);
      out << cell << "," << hexadecimal(link.to) << "," << csv_number(since / 1e9) << ","
          << row_of(link, at) << "," << to_string(findings.algorithm()) << ","
          << hexadecimal(link.from) << "," << hexadecimal(link.to) << "," << clock_ns << "\n";
    }
  }
}

void RecordedClocks::read_rows(std::istream& in, const std::string& name) {
  // By cell, then in the order of the tree; each with its knots by time.
  std::map<std::size_t, std::vector<std::pair<ClockLink, std::vector<ClockCurve::Knot>>>> all;
  read_csv(in, name, [&](const CsvRow& row) {
    const auto node = [&](const char* column) {
      return static_cast<std::uint16_t>(std::stoul(row.text(column), nullptr, 16));
    };
    const auto whole = [&](const char* column) { return std::stoll(row.text(column)); };
    const bool bounded = !row.text("low_ns").empty();
    const std::int64_t middle = whole("middle_ns");
    const ClockOffset offset =
        bounded ? ClockOffset{whole("low_ns"), whole("high_ns")} : ClockOffset{middle, middle};
    auto& links = all[static_cast<std::size_t>(row.number("cell"))];
    const std::uint16_t to = node("to");
    if (links.empty() || links.back().first.to != to) {
      links.push_back({{node("from"), to, bounded, {}}, {}});
    }
    links.back().second.push_back({whole("clock_ns"), offset});
  });
  for (auto& [cell, links] : all) {
    for (auto& [link, knots] : links) {
      link.curve = ClockCurve(std::move(knots), {});
      links_[cell].push_back(std::move(link));
    }
  }
}

void RecordedClocks::add_cell(std::size_t cell, const json::object& clock) {
  const auto links = links_.find(cell);
  if (links == links_.end()) return;
  ClockNet net;
  net.root = clock.at("root").to_number<std::uint16_t>();
  net.edges = json::value_to<std::vector<std::uint16_t>>(clock.at("edges"));
  net.ranks = json::value_to<std::set<std::uint16_t>>(clock.at("rank_nodes"));
  net.rank_count = clock.at("ranks").to_number<std::size_t>();
  cells_.insert({cell,
                 {CorrectedStamps(std::move(net), links->second),
                  json::value_to<std::vector<std::size_t>>(clock.at("pairs_to"))}});
}

wire::StampBlock RecordedClocks::corrected(std::size_t cell, std::size_t pair,
                                           const wire::StampBlock& block) const {
  const auto found = cells_.find(cell);
  if (found == cells_.end() || pair >= found->second.places.size()) return block;
  return found->second.stamps.corrected(block, found->second.places[pair]);
}

}  // namespace trunkline::lab
