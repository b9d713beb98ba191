#include "edge/live_table.h"

#include <boost/json.hpp>
#include <cstdio>

namespace trunkline::edge {
namespace json = boost::json;

namespace {

struct Row {
  std::string_view group, key, label;
};
// What stands in the table of ranks; lab.js has the same rows.
constexpr Row kRows[] = {
    {"rates", "stored", "stored messages/s"},
    {"rates", "delivered", "delivered messages/s"},
    {"rates", "direct_delivered", "direct messages/s"},
    {"rates", "direct_dropped", "direct dropped/s"},
    {"rates", "link_frames_out", "frames to other ranks/s"},
    {"rates", "link_bytes_out", "bytes to other ranks/s"},
    {"rates", "commits", "commits/s"},
    {"", "commit_mean_us", "a commit, mean µs"},
    {"rates", "sleeps", "sleeps/s"},
    {"depths", "sessions", "sessions"},
    {"depths", "store_queued", "records at the writer"},
    {"depths", "records_queued", "records not yet durable"},
    {"depths", "sends_waiting_for_writer", "sends waiting for the writer"},
    {"depths", "sends_waiting_for_credit", "sends waiting for credit"},
    {"depths", "link_queued_bytes", "bytes waiting for links"},
    {"depths", "port_unconfirmed_bytes", "bytes edges have not confirmed"},
};

std::string text_of(const json::value& value) {
  std::string plain;
  if (value.is_number()) {
    const double amount = value.to_number<double>();
    char text[32];
    const bool is_whole = amount == static_cast<double>(static_cast<std::int64_t>(amount));
    std::snprintf(text, sizeof text, amount < 10 && !is_whole ? "%.1f" : "%.0f", amount);
    plain = text;
  } else if (value.is_string()) {
    plain = value.get_string();
  } else {
    return "–";
  }
  std::string safe;
  for (const char character : plain) {
    switch (character) {
      case '<':
        safe += "&lt;";
        break;
      case '&':
        safe += "&amp;";
        break;
      default:
        safe.push_back(character);
    }
  }
  return safe;
}

const json::value& at(const json::object& object, std::string_view key) {
  static const json::value nothing;
  const json::value* found = object.if_contains(key);
  return found == nullptr ? nothing : *found;
}

std::string cell(const char* kind, const std::string& text) {
  return std::string("<") + kind + ">" + text + "</" + kind + ">";
}

std::string rank_cell(const json::object& rank) {
  return cell("th", "rank " + text_of(at(rank, "rank")));
}

std::string head_of_ranks(const json::array& ranks) {
  std::string row = cell("th", "");
  for (const json::value& rank : ranks) row += rank_cell(rank.as_object());
  return cell("tr", row);
}

std::string map_of(const json::array& ranks) {
  std::string table = head_of_ranks(ranks);
  for (const json::value& from : ranks) {
    std::string row = rank_cell(from.as_object());
    const json::array* trips = at(from.as_object(), "round_trips_us").if_array();
    for (const json::value& to : ranks) {
      const auto peer = at(to.as_object(), "rank").to_number<std::size_t>();
      const bool is_known = trips != nullptr && peer < trips->size();
      row += cell("td", is_known ? text_of((*trips)[peer]) : "–");
    }
    table += cell("tr", row);
  }
  return cell("table", table);
}

std::string table_of(const json::array& ranks) {
  std::string table = head_of_ranks(ranks);
  for (const Row& line : kRows) {
    std::string row = cell("th", std::string(line.label));
    for (const json::value& rank : ranks) {
      const json::object* group = &rank.as_object();
      if (!line.group.empty()) group = at(*group, line.group).if_object();
      row += cell("td", group == nullptr ? "–" : text_of(at(*group, line.key)));
    }
    table += cell("tr", row);
  }
  return cell("table", table);
}

}  // namespace

std::string live_table(const LiveSnapshot& snapshot) {
  const json::array& ranks = snapshot.at("ranks").as_array();
  std::string page =
      "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">"
      "<meta http-equiv=\"refresh\" content=\"2\"><title>Trunkline, live</title>"
      "<link rel=\"icon\" href=\"icon.svg\"><link rel=\"stylesheet\" href=\"lab.css\"></head><body>"
      "<header><h1>Trunkline, live</h1></header><main>";
  page += cell("p", "Edge " + text_of(snapshot.at("edge")) + ", attached to rank " +
                        text_of(snapshot.at("edge_rank")) + ", " +
                        text_of(snapshot.at("edge_rtt_us")) + " µs there and back; " +
                        text_of(snapshot.at("ranks_total")) + " ranks, of which " +
                        std::to_string(ranks.size()) + " have answered. This page comes again " +
                        "every 2 s; rates begin with the second time.");
  page += "<section><h2>From rank to rank: round trip, µs</h2><div class=\"wide\">" +
          map_of(ranks) +
          "</div><p class=\"note\">By the clock of the rank in the row, with both links, the turn "
          "of the other rank and whoever had to be woken.</p></section>";
  page += "<section><h2>Rank by rank</h2><div class=\"wide\">" + table_of(ranks) +
          "</div></section></main></body></html>\n";
  return page;
}

}  // namespace trunkline::edge
