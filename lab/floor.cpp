#include "lab/floor.h"

#include <algorithm>
#include <boost/json.hpp>
#include <fstream>
#include <functional>
#include <map>

#include "lab/experiment_data.h"
#include "lab/floor_probes.h"
#include "lab/format.h"
#include "lab/json_fields.h"
#include "lab/log_gp.h"
#include "lab/targets.h"

namespace trunkline::lab {
namespace json = boost::json;

namespace {

constexpr const char *kOneWay = "one-way", *kCall = "call";
constexpr const char* kSpacedName = "_spaced";  // ends the names of rows of that pace
constexpr std::size_t kRoadBytes = 64;

double us(double nanoseconds) {
  return nanoseconds / 1000;
}

FloorRow row_of(std::string name, std::string text, const char* direction, const Histogram& times) {
  return {std::move(name),
          std::move(text),
          direction,
          times.count(),
          us(static_cast<double>(times.at(0.5))),
          us(static_cast<double>(times.at(0.99))),
          0};
}

std::string size_text(std::size_t bytes) {
  return bytes < 1024 ? std::to_string(bytes) + " B" : std::to_string(bytes / 1024) + " KiB";
}

// One row a size: of the peer in the middle, where there are many.
std::vector<FloorRow> rows_of(const std::vector<MpiPing>& pings) {
  std::map<std::size_t, std::vector<MpiPing>> by_size;
  for (const MpiPing& ping : pings) by_size[ping.size_bytes].push_back(ping);
  std::vector<FloorRow> rows;
  for (auto& [size, of_size] : by_size) {
    std::ranges::sort(of_size, {}, &MpiPing::p50_us);
    const MpiPing& middle = of_size[(of_size.size() - 1) / 2];
    std::string text = "MPI between rank 0 and rank " + std::to_string(middle.peer) +
                       ", both spinning, " + size_text(size);
    if (of_size.size() > 1) {
      text += ": the median of rank 0 with " + std::to_string(of_size.size()) + " others";
    }
    rows.push_back({"mpi_" + std::to_string(size), std::move(text), kOneWay, middle.n,
                    middle.p50_us, middle.p99_us, 0});
  }
  return rows;
}

std::string placement_of(const FloorOfRanks& ranks, bool over_tcp) {
  if (ranks.edge != "none") return ranks.edge;
  return over_tcp ? "host" : "process";
}

using Road = std::map<std::string, unsigned>;  // a piece's name, and how often

// Of a direct message from a client of one rank to one of another. MPI has no pace: who has been
// woken by a doorbell tests at once.
Road road_of(const std::string& placement, const FloorOfRanks& ranks, const std::string& pace) {
  Road road{{"websocket" + pace, 2}};
  if (placement == "inside") road["zmq_inproc" + pace] = 2;
  if (placement == "process") road["zmq_ipc" + pace] = 2;
  if (placement == "host") road["zmq_curve" + pace] = 2;
  if (!ranks.pings.empty()) {
    road["mpi_" + std::to_string(kRoadBytes)] = 1;
    if (ranks.rings) road["doorbell" + pace] = 1;
  }
  return road;
}

// The sum of the medians; absent: a piece was not measured.
std::optional<double> sum_of(const Road& road, const std::vector<FloorRow>& rows) {
  double sum_us = 0;
  for (const auto& [name, times] : road) {
    const auto row = std::ranges::find(rows, name, &FloorRow::name);
    if (row == rows.end()) return std::nullopt;
    sum_us += times * row->p50_us;
  }
  return sum_us;
}

std::string text_of(const Road& road) {
  std::string text;
  for (const auto& [name, times] : road) {
    text += (text.empty() ? "" : " + ") + std::to_string(times) + " x " + name;
  }
  return "composed, not measured: medians of " + text;
}

std::string p99_text(const FloorRow& row) {
  return (enough_for(row.n, 0.99) ? "" : "~") + format("%.2f", row.p99_us);
}

}  // namespace

std::optional<FloorOfRanks> read_floor_file(const std::string& run_directory) {
  const std::string path = run_directory + "/floor.json";
  std::ifstream file(path);
  if (!file) return std::nullopt;
  const json::object object = read_json(file, path);
  const Fields fields(object, path);
  FloorOfRanks ranks{
      fields.text("edge"), fields.flag_or("rings", true), fields.text("library"), {}};
  for (const json::value& one : fields.list("mpi")) {
    if (!one.is_object()) throw std::runtime_error(path + ": \"mpi\" holds what is no object");
    const Fields ping(one.get_object(), path + ", in \"mpi\"");
    ranks.pings.push_back({ping.count("peer"), ping.count("size_bytes"), ping.count("n"),
                           us(ping.number("p50_ns")), us(ping.number("p99_ns"))});
  }
  return ranks;
}

Floor compose_floor(std::vector<FloorRow> rows, std::optional<FloorOfRanks> ranks, bool over_tcp) {
  Floor floor;
  floor.rows = std::move(rows);
  floor.ranks = std::move(ranks);
  if (!floor.ranks) return floor;
  const auto mpi = rows_of(floor.ranks->pings);
  floor.rows.insert(floor.rows.end(), mpi.begin(), mpi.end());
  floor.placement = placement_of(*floor.ranks, over_tcp);
  floor.road_back_to_back_p50_us = sum_of(road_of(floor.placement, *floor.ranks, ""), floor.rows);
  const Road road = road_of(floor.placement, *floor.ranks, kSpacedName);
  floor.road_p50_us = sum_of(road, floor.rows);
  if (!floor.road_p50_us) return floor;
  floor.road = text_of(road);
  for (FloorRow& row : floor.rows) {
    if (const auto part = road.find(row.name); part != road.end()) row.in_road = part->second;
  }
  return floor;
}

std::vector<FloorRow> measure_floors(const std::string& data_directory) {
  const std::string bytes = ", " + std::to_string(kProbeBytes) + " B";
  std::vector<FloorRow> rows;
  const auto add = [&rows](const std::string& name, const std::string& text,
                           const std::function<Histogram(Pace)>& probe) {
    rows.push_back(row_of(name, text + ", back to back", kOneWay, probe(Pace::back_to_back)));
    rows.push_back(row_of(name + kSpacedName, text + ", one a ms", kOneWay, probe(Pace::spaced)));
  };
  const auto zeromq = [](ZeroMqRoad road) {
    return [road](Pace pace) { return probe_zeromq(road, pace); };
  };
  add("websocket", "WebSocket over loopback, without TLS" + bytes, probe_websocket);
  add("zmq_inproc", "ZeroMQ inproc" + bytes, zeromq(ZeroMqRoad::inproc));
  add("zmq_ipc", "ZeroMQ ipc" + bytes, zeromq(ZeroMqRoad::ipc));
  add("zmq_curve", "ZeroMQ tcp over loopback, CURVE" + bytes, zeromq(ZeroMqRoad::curve));
  add("doorbell", "wake-up by a UNIX datagram", probe_doorbell);
  if (!data_directory.empty()) {
    rows.push_back(row_of("fdatasync", "4 KiB appended and fdatasync, in " + data_directory, kCall,
                          probe_sync(data_directory)));
  }
  return rows;
}

Floor measure_floor(const std::string& run_directory, const std::string& data_directory) {
  std::optional<FloorOfRanks> ranks;
  bool over_tcp = false;
  if (!run_directory.empty()) {
    ranks = read_floor_file(run_directory);
    over_tcp = !find_targets(run_directory).cluster.ranks.front().tcp_endpoint.empty();
  }
  return compose_floor(measure_floors(data_directory), std::move(ranks), over_tcp);
}

namespace {

using PingsOfPeers = std::map<std::size_t, std::vector<PingTime>>;
PingsOfPeers by_peer(const FloorOfRanks& ranks) {
  PingsOfPeers all;
  for (const MpiPing& ping : ranks.pings) {
    all[ping.peer].push_back({ping.size_bytes, ping.n, ping.p50_us});
  }
  return all;
}

json::array log_gp_of(const FloorOfRanks& ranks) {
  json::array all;
  for (const auto& [peer, pings] : by_peer(ranks)) {
    const LogGp fit = fit_log_gp(pings);
    json::object one{{"peer", peer}, {"fits", fit.fits}, {"residual", fit.residual}};
    if (fit.fits) {
      one["l_plus_2o_us"] = fit.start_us;
      one["g_ns_per_byte"] = fit.per_byte_ns;
    } else {
      one["why_not"] = fit.why_not;
    }
    all.push_back(std::move(one));
  }
  return all;
}

}  // namespace

json::object to_json(const Floor& floor) {
  json::array rows, pings;
  for (const FloorRow& row : floor.rows) {
    const std::string part =
        row.in_road == 0 ? "" : format(" (%u x in the composed road)", row.in_road);
    rows.push_back({{"name", row.name},
                    {"text", row.text + part},
                    {"direction", row.direction},
                    {"n", row.n},
                    {"p50_us", row.p50_us},
                    {"p99_us", row.p99_us},
                    {"in_road", row.in_road}});
  }
  json::object object{{"rows", std::move(rows)}};
  if (floor.road_p50_us) {
    object["road_p50_us"] = *floor.road_p50_us;
    object["road"] = floor.road;
    object["road_back_to_back_p50_us"] = *floor.road_back_to_back_p50_us;
  }
  if (!floor.ranks) return object;
  for (const MpiPing& ping : floor.ranks->pings) {
    pings.push_back({{"rank", 0},
                     {"peer", ping.peer},
                     {"size_bytes", ping.size_bytes},
                     {"n", ping.n},
                     {"p50_us", ping.p50_us},
                     {"p99_us", ping.p99_us}});
  }
  object["mpi"] = std::move(pings);
  object["log_gp"] = log_gp_of(*floor.ranks);
  object["library"] = floor.ranks->library;
  return object;
}

std::string floor_table(const Floor& floor) {
  std::string text = "# Floor: each piece of the road alone, without Trunkline. Times in us.\n";
  text += format("%-18s%-8s%8s%10s%11s%9s\n", "# Piece", "", "n", "p50", "p99", "in road");
  for (const FloorRow& row : floor.rows) {
    const std::string times = row.in_road == 0 ? "" : format("%u x", row.in_road);
    text += format("%-18s%-8s%8llu%10.2f%11s%9s  ", row.name.c_str(), row.direction.c_str(),
                   static_cast<unsigned long long>(row.n), row.p50_us, p99_text(row).c_str(),
                   times.c_str()) +
            row.text + "\n";
  }
  if (!floor.road_p50_us) return text;
  return text +
         format(
             "\nroad of a direct message, one-way, edges %s: %.1f us with one a ms, %.1f us back "
             "to back\n(",
             floor.placement.c_str(), *floor.road_p50_us, *floor.road_back_to_back_p50_us) +
         floor.road + ")\n";
}

std::string mpi_tables(const FloorOfRanks& ranks) {
  std::string text;
  for (const auto& [peer, pings] : by_peer(ranks)) {
    text += "\n# MPI ping-pong, rank 0 and rank " + std::to_string(peer) + ", " + ranks.library +
            ": one-way (half of a round trip), both spinning, p50\n" +
            format("%-16s%16s%16s%16s\n", "# Size", "Latency (us)", "P99 (us)", "n");
    for (const MpiPing& ping : ranks.pings) {
      if (ping.peer != peer) continue;
      text += format("%-16zu%16.2f%16.2f%16llu\n", ping.size_bytes, ping.p50_us, ping.p99_us,
                     static_cast<unsigned long long>(ping.n));
    }
    text += "# " + to_text(fit_log_gp(pings)) + "\n";
  }
  return text;
}

}  // namespace trunkline::lab
