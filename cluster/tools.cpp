#include "cluster/tools.h"

#include <signal.h>
#include <termios.h>
#include <unistd.h>

#include <boost/json.hpp>
#include <cstdio>
#include <iostream>

#include "cluster/process.h"
#include "cluster/succession.h"
#include "lab/admin_client.h"
#include "wire/codec.h"
#include "wire/run_directory.h"

namespace trunkline::cluster {
namespace {

namespace json = boost::json;

wire::ClusterFile cluster_of(const Where& where) {
  return wire::read_cluster_file(wire::find_run_directory(where.run_directory, where.data));
}

int fail(const std::string& why) {
  std::fprintf(stderr, "trunkline: %s\n", why.c_str());
  return 1;
}

json::value answer_of(const wire::RankEntry& rank, bool alive) {
  if (!alive) return nullptr;
  try {
    const auto answer = lab::AdminClient(rank.admin_socket).status(rank.rank);
    boost::system::error_code bad;
    json::value value = json::parse(answer.text, bad);
    return answer.done && !bad ? value : json::value(answer.text);
  } catch (const std::runtime_error& problem) {
    return json::value(problem.what());
  }
}

json::object status_of(const Where& where) {
  const wire::ClusterFile cluster = cluster_of(where);
  json::object supervisor =
      read_supervisor_file(wire::find_run_directory(where.run_directory, where.data));
  json::array ranks;
  for (const wire::RankEntry& rank : cluster.ranks) {
    const bool alive = is_program(static_cast<pid_t>(rank.pid), "trunkline-rank");
    ranks.push_back({{"rank", rank.rank},
                     {"host", rank.host},
                     {"pid", rank.pid},
                     {"alive", alive},
                     {"url", rank.url},
                     {"status", answer_of(rank, alive)}});
  }
  json::array edges;
  if (auto* listed = supervisor.if_contains("edges"); listed != nullptr && listed->is_array()) {
    for (json::value& edge : listed->get_array()) {
      const auto pid = static_cast<pid_t>(edge.at("pid").to_number<std::int64_t>());
      edge.get_object()["alive"] = is_program(pid, "trunkline-edge");
      edges.push_back(edge);
    }
  }
  return {{"epoch", cluster.epoch},     {"version", cluster.version},
          {"storage", cluster.storage}, {"start_ms", cluster.start_ms},
          {"ranks", std::move(ranks)},  {"edges", std::move(edges)}};
}

std::string text_of(const json::value& value) {
  return value.is_string() ? std::string(value.get_string()) : json::serialize(value);
}

// The password: one line of stdin, or typed unseen.
std::string read_password(bool from_stdin) {
  const bool typed = !from_stdin && ::isatty(STDIN_FILENO);
  termios before{};
  if (typed) {
    std::fprintf(stderr, "password: ");
    ::tcgetattr(STDIN_FILENO, &before);
    termios unseen = before;
    unseen.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    ::tcsetattr(STDIN_FILENO, TCSANOW, &unseen);
  }
  std::string password;
  std::getline(std::cin, password);
  if (typed) {
    ::tcsetattr(STDIN_FILENO, TCSANOW, &before);
    std::fprintf(stderr, "\n");
  }
  if (password.empty()) throw std::runtime_error("an empty password; nothing was changed");
  return password;
}

// The same question to every rank, on this host or another, one answer a line.
int ask_all(const wire::ClusterFile& cluster,
            const std::function<lab::AdminClient::Answer(lab::AdminClient&, wire::RankId)>& ask) {
  int result = 0;
  lab::AdminClient client = lab::connect_admin(cluster);
  for (const wire::RankEntry& rank : cluster.ranks) {
    const auto answer = ask(client, rank.rank);
    if (!answer.done)
      result = fail("rank " + std::to_string(rank.rank) + ": " + answer.text);
    else if (answer.text != "{}")
      std::printf("%s\n", answer.text.c_str());
  }
  return result;
}

}  // namespace

int print_status(const Where& where, bool as_json) {
  const json::object status = status_of(where);
  bool all_alive = true;
  for (const char* kind : {"ranks", "edges"}) {
    for (const json::value& one : status.at(kind).as_array()) {
      all_alive = all_alive && one.at("alive").as_bool();
    }
  }
  if (as_json) {
    std::printf("%s\n", json::serialize(status).c_str());
    return all_alive ? 0 : 1;
  }
  std::printf("trunkline %s, epoch %s, storage %s\n", text_of(status.at("version")).c_str(),
              text_of(status.at("epoch")).c_str(), text_of(status.at("storage")).c_str());
  for (const json::value& rank : status.at("ranks").as_array()) {
    std::printf("rank %-4s pid %-8s %-5s host %s%s%s\n", text_of(rank.at("rank")).c_str(),
                text_of(rank.at("pid")).c_str(), rank.at("alive").as_bool() ? "up" : "DOWN",
                text_of(rank.at("host")).c_str(), rank.at("url").as_string().empty() ? "" : "  ",
                text_of(rank.at("url")).c_str());
    if (!rank.at("status").is_object()) continue;
    for (const auto& [name, value] : rank.at("status").as_object()) {
      std::printf("    %-24s %s\n", std::string(name).c_str(), text_of(value).c_str());
    }
  }
  for (const json::value& edge : status.at("edges").as_array()) {
    std::printf("%-9s pid %-8s %-5s rank %s  %s\n", text_of(edge.at("name")).c_str(),
                text_of(edge.at("pid")).c_str(), edge.at("alive").as_bool() ? "up" : "DOWN",
                text_of(edge.at("rank")).c_str(), text_of(edge.at("url")).c_str());
  }
  return all_alive ? 0 : 1;
}

std::string storage_warning(const std::string& run_directory) {
  const auto ranks = wire::read_cluster_file(run_directory).ranks;
  const json::value status = answer_of(ranks.front(), true);
  const json::value* warning =
      status.is_object() ? status.get_object().if_contains("storage_warning") : nullptr;
  return warning == nullptr ? std::string() : text_of(*warning);
}

int administer(const Where& where, const AdminCommand& command) {
  using Verb = AdminCommand::Verb;
  const wire::ClusterFile cluster = cluster_of(where);
  const auto ask_one = [&](const char* done, auto&& act) {
    lab::AdminClient client = lab::connect_admin(cluster);
    const auto answer = act(client);
    if (!answer.done) return fail(answer.text);
    std::printf("%s%s%s\n", command.name.c_str(), command.name.empty() ? "" : " ", done);
    return 0;
  };
  switch (command.verb) {
    case Verb::add:
      return ask_one("is added", [&](auto& client) {
        return client.add_user(command.name, read_password(command.password_stdin),
                               cluster.iterations);
      });
    case Verb::password:
      return ask_one("has a new password; its sessions are closed", [&](auto& client) {
        return client.set_password(command.name, read_password(command.password_stdin),
                                   cluster.iterations);
      });
    case Verb::disable:
      return ask_one("is disabled; its sessions are closed",
                     [&](auto& client) { return client.disable(command.name); });
    case Verb::enable:
      return ask_one("is enabled", [&](auto& client) { return client.enable(command.name); });
    case Verb::list:
      return ask_all(cluster, [](auto& client, auto rank) { return client.list(rank); });
    case Verb::sessions:
      return ask_all(cluster, [](auto& client, auto rank) { return client.sessions(rank); });
    case Verb::queues:
      return ask_all(cluster, [](auto& client, auto rank) { return client.queues(rank); });
    case Verb::stop:
      // One rank's leaving is everybody's.
      return ask_one("the ranks stop", [](auto& client) { return client.stop(0); });
    case Verb::edge_allow: {
      const int result = ask_all(cluster, [&](auto& client, auto rank) {
        return client.ask(wire::AdminVerb::edge_allow, rank, {}, command.name);
      });
      if (result == 0) std::printf("%s may connect\n", command.name.c_str());
      return result;
    }
  }
  return 2;
}

}  // namespace trunkline::cluster
