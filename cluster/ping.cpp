#include "cluster/ping.h"

#include <algorithm>
#include <boost/json.hpp>
#include <chrono>
#include <cstdio>
#include <functional>
#include <map>
#include <stdexcept>
#include <thread>

#include "cluster/road.h"
#include "lab/admin_client.h"
#include "wire/run_directory.h"

namespace trunkline::cluster {
namespace {

namespace json = boost::json;
using Answer = lab::AdminClient::Answer;
using wire::AdminVerb;
using wire::RankId;

std::string rank_name(RankId rank) {
  return "rank " + std::to_string(rank);
}

// One road, with the questions that are asked along it.
class Journey {
 public:
  explicit Journey(const wire::ClusterFile& cluster)
      : cluster_(cluster), client_(lab::connect_admin(cluster)) {
    // Whoever is asked first tells who it is: the first rank of the cluster file that answers here.
    asked_ = static_cast<RankId>(told(client_.status(wire::kNoRank)).at("rank").as_int64());
    add_rank(asked_);
  }

  void lead_to(RankId rank) {
    if (rank >= cluster_.ranks.size()) {
      throw std::runtime_error("there is no rank " + std::to_string(rank) + "; the last one is " +
                               std::to_string(cluster_.ranks.size() - 1));
    }
    target_ = add_rank(rank);
    headline_ = rank_name(rank) + " on " + host_of(rank);
  }

  void lead_to(const std::string& user) {
    user_ = user;
    const json::object found = told(client_.ping(user)).as_object();
    home_ = static_cast<RankId>(found.at("home").as_int64());
    target_ = add_rank(home_);
    road_[target_].name += ", home of " + user;
    questions_[target_] = [this, user] { return client_.ping(user); };
    headline_ = user + ": home is " + rank_name(home_) + " on " + host_of(home_);
    sessions_ = found.at("sessions").as_array();
    if (sessions_.empty()) headline_ += "; not connected";
    for (json::value& session : sessions_) add_session(session.as_object());
  }

  // One question to each station, in the order of the road: what disturbs one disturbs its
  // neighbours too, and not always the same one.
  void go_round() {
    for (std::size_t i = 0; i < road_.size(); ++i) {
      const auto begin = std::chrono::steady_clock::now();
      const bool answered = questions_[i]().done;
      const std::chrono::duration<double, std::micro> took =
          std::chrono::steady_clock::now() - begin;
      if (answered) {
        road_[i].rtts_us.push_back(took.count());
      } else {
        ++road_[i].unanswered;
      }
    }
  }

  bool all_answered() const {
    return std::all_of(road_.begin(), road_.end(),
                       [](const Station& station) { return station.unanswered == 0; });
  }
  const std::string& headline() const { return headline_; }
  const Station& target() const { return road_[target_]; }
  const std::vector<Station>& road() const { return road_; }

  std::string as_json() const {
    json::object whole{{"asked_rank", asked_}, {"hops", json::parse(road_json(road_))}};
    whole["target"] = target().name;
    if (!user_.empty()) {
      whole["user"] = user_;
      whole["home_rank"] = home_;
      whole["sessions"] = sessions_;
    }
    return json::serialize(whole);
  }

 private:
  static json::value told(const Answer& answer) {
    if (!answer.done) throw std::runtime_error(answer.text);
    return json::parse(answer.text);
  }

  const std::string& host_of(RankId rank) const { return cluster_.ranks.at(rank).host; }

  std::size_t add(Station station, std::function<Answer()> question) {
    road_.push_back(std::move(station));
    questions_.push_back(std::move(question));
    return road_.size() - 1;
  }

  // What a rank answers in the turn in which it is asked.
  std::size_t add_rank(RankId rank) {
    const auto known = ranks_.find(rank);
    if (known != ranks_.end()) return known->second;
    const char* road = road_.empty() ? "admin socket" : "MPI";
    const std::size_t at =
        add({rank_name(rank), road}, [this, rank] { return client_.ask(AdminVerb::edges, rank); });
    return ranks_[rank] = at;
  }

  void add_session(json::object& session) {
    const auto rank = static_cast<RankId>(session.at("rank").as_int64());
    const std::string edge = edge_of(rank, session.at("port"));
    const std::string device(session.at("device").as_string());
    session["edge"] = edge;
    headline_ += (&session == &sessions_.front().as_object() ? "; connected: " : ", ") + device +
                 " at " + (edge.empty() ? "an edge that has gone" : edge) + " (" + rank_name(rank) +
                 ")";
    const std::size_t before = add_rank(rank);
    if (edge.empty()) return;
    const auto [known, is_new] = edges_.try_emplace(edge, road_.size());
    if (!is_new) {
      road_[known->second].name += ", " + device;
      return;
    }
    add({edge + ", " + device, "ZeroMQ", before},
        [this, rank, edge] { return client_.ask(AdminVerb::edge_status, rank, edge); });
  }

  std::string edge_of(RankId rank, const json::value& port) {
    const json::value queues = told(client_.queues(rank));
    for (const json::value& one : queues.at("ports").as_array()) {
      if (one.at("port") == port) return std::string(one.at("edge").as_string());
    }
    return {};
  }

  wire::ClusterFile cluster_;
  lab::AdminClient client_;
  RankId asked_ = wire::kNoRank, home_ = wire::kNoRank;
  std::string user_, headline_;
  json::array sessions_;
  std::vector<Station> road_;
  std::vector<std::function<Answer()>> questions_;  // of each station
  std::map<RankId, std::size_t> ranks_;
  std::map<std::string, std::size_t> edges_;
  std::size_t target_ = 0;
};

// As ping(8) does at its end.
std::string summary(const Station& target) {
  const RoundTrips trips = round_trips(target);
  char text[160];
  std::snprintf(text, sizeof text, "%zu asked, %zu answered; rtt min/p50/max %.0f/%.0f/%.0f µs\n",
                target.rtts_us.size() + target.unanswered, target.rtts_us.size(), trips.min,
                trips.p50, trips.max);
  return text;
}

void print_round(unsigned round, const Station& target) {
  if (target.rtts_us.size() + target.unanswered < round || target.rtts_us.empty()) {
    std::printf("%s: seq %u, no answer\n", target.name.c_str(), round);
  } else {
    std::printf("%s: seq %u, rtt %.0f µs\n", target.name.c_str(), round, target.rtts_us.back());
  }
  std::fflush(stdout);
}

}  // namespace

int ping(const Where& where, const PingOptions& options) {
  Journey journey(
      wire::read_cluster_file(wire::find_run_directory(where.run_directory, where.data)));
  if (options.rank) {
    journey.lead_to(*options.rank);
  } else {
    journey.lead_to(options.user);
  }
  if (!options.json) std::printf("%s\n", journey.headline().c_str());
  for (unsigned round = 1; round <= options.count; ++round) {
    if (round > 1) std::this_thread::sleep_for(std::chrono::duration<double>(options.interval_s));
    journey.go_round();
    if (!options.json) print_round(round, journey.target());
  }
  if (options.json) {
    std::printf("%s\n", journey.as_json().c_str());
  } else {
    std::printf("%s\n%s", summary(journey.target()).c_str(), road_text(journey.road()).c_str());
    std::printf(
        "All are round trips by this program's clock. A hop's own: its p50 less that of the "
        "hop before it, with the turns and\nwake-ups of both ends.\n");
  }
  return journey.all_answered() ? 0 : 1;
}

}  // namespace trunkline::cluster
