#include "wire/cluster_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/json.hpp>
#include <fstream>
#include <sstream>
#include <system_error>

namespace trunkline::wire {
namespace json = boost::json;

namespace {

std::string text(const json::object& object, const char* key) {
  const auto* value = object.if_contains(key);
  if (value == nullptr || !value->is_string()) {
    throw std::runtime_error(std::string("cluster file: no text member \"") + key + "\"");
  }
  return std::string(value->get_string());
}

template <class Number>
Number number(const json::object& object, const char* key) {
  const auto* value = object.if_contains(key);
  boost::system::error_code bad;
  const auto result = value == nullptr ? Number{} : value->to_number<Number>(bad);
  if (value == nullptr || bad) {
    throw std::runtime_error(std::string("cluster file: no whole number \"") + key + "\"");
  }
  return result;
}

}  // namespace

std::string to_json(const ClusterFile& file) {
  json::array ranks;
  for (const RankEntry& rank : file.ranks) {
    ranks.push_back({{"rank", rank.rank},
                     {"host", rank.host},
                     {"pid", rank.pid},
                     {"endpoint", rank.endpoint},
                     {"tcp_endpoint", rank.tcp_endpoint},
                     {"public_key", rank.public_key},
                     {"admin_socket", rank.admin_socket},
                     {"url", rank.url}});
  }
  const json::object whole{{"epoch", file.epoch},           {"job", file.job},
                           {"iterations", file.iterations}, {"start_ms", file.start_ms},
                           {"version", file.version},       {"storage", file.storage},
                           {"ranks", std::move(ranks)}};
  return json::serialize(whole) + "\n";
}

ClusterFile parse_cluster_file(std::string_view bytes) {
  boost::system::error_code bad;
  const json::value parsed = json::parse({bytes.data(), bytes.size()}, bad);
  if (bad || !parsed.is_object()) throw std::runtime_error("cluster file: not a JSON object");
  const json::object& whole = parsed.get_object();
  ClusterFile file;
  file.epoch = number<Epoch>(whole, "epoch");
  file.job = text(whole, "job");
  file.start_ms = number<std::int64_t>(whole, "start_ms");
  file.version = text(whole, "version");
  file.storage = text(whole, "storage");
  file.iterations = number<std::uint32_t>(whole, "iterations");
  const auto* ranks = whole.if_contains("ranks");
  if (ranks == nullptr || !ranks->is_array()) throw std::runtime_error("cluster file: no ranks");
  for (const json::value& value : ranks->get_array()) {
    if (!value.is_object()) throw std::runtime_error("cluster file: a rank is not an object");
    const json::object& entry = value.get_object();
    RankEntry rank;
    rank.rank = number<RankId>(entry, "rank");
    rank.host = text(entry, "host");
    rank.pid = number<std::int64_t>(entry, "pid");
    rank.endpoint = text(entry, "endpoint");
    rank.tcp_endpoint = text(entry, "tcp_endpoint");
    rank.public_key = text(entry, "public_key");
    rank.admin_socket = text(entry, "admin_socket");
    rank.url = text(entry, "url");
    file.ranks.push_back(std::move(rank));
  }
  return file;
}

void write_cluster_file(const std::string& run_directory, const ClusterFile& file) {
  const std::string path = run_directory + "/" + kClusterFileName;
  const std::string temporary = path + ".new";
  const std::string content = to_json(file);
  const int descriptor = ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (descriptor < 0) throw std::system_error(errno, std::generic_category(), temporary);
  const bool whole =
      ::write(descriptor, content.data(), content.size()) == static_cast<ssize_t>(content.size());
  const bool closed = ::close(descriptor) == 0;
  if (!whole || !closed || ::rename(temporary.c_str(), path.c_str()) != 0) {
    throw std::system_error(errno, std::generic_category(), path);
  }
}

ClusterFile read_cluster_file(const std::string& run_directory) {
  const std::string path = run_directory + "/" + kClusterFileName;
  std::ifstream in(path);
  if (!in) throw std::runtime_error("cannot read " + path + ": is the cluster running?");
  std::ostringstream content;
  content << in.rdbuf();
  return parse_cluster_file(content.str());
}

}  // namespace trunkline::wire
