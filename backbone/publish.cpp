#include "backbone/publish.h"

#include "backbone/meeting.h"

namespace trunkline::backbone {
namespace {

bool is_published(const std::string& run_directory, const wire::ClusterFile& file) {
  try {
    return wire::read_cluster_file(run_directory).job == file.job;
  } catch (const std::exception&) {
    return false;
  }
}

}  // namespace

wire::ClusterFile gather_cluster_file(RankLink& link, const wire::ClusterFile& own) {
  const auto texts = link.gather(wire::to_json(own));
  wire::ClusterFile file = wire::parse_cluster_file(texts[0]);
  file.ranks.clear();
  for (const wire::Bytes& text : texts) {
    file.ranks.push_back(wire::parse_cluster_file(text).ranks.front());
  }
  return file;
}

void publish(RankLink& link, const Hosts& hosts, const std::string& run_directory,
             const wire::ClusterFile& file) {
  all_do(link, [&] {
    if (link.self() == 0) wire::write_cluster_file(run_directory, file);
  });
  // On every other host too, unless they share the directory.
  all_do(link, [&] {
    if (hosts.is_first_here() && !is_published(run_directory, file)) {
      wire::write_cluster_file(run_directory, file);
    }
  });
}

}  // namespace trunkline::backbone
