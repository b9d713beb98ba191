#include "tests/sim/scale.h"

#include <algorithm>
#include <cstdio>

#include "tests/sim/chance.h"
#include "tests/sim/mesh.h"
#include "wire/check.h"

namespace trunkline::sim {
namespace {

struct Person {
  wire::Bytes name;
  std::size_t rank = 0;
  wire::SessionId session = 0;
};

double each_of(std::uint64_t count, std::size_t times) {
  return static_cast<double>(count) / static_cast<double>(times);
}

Cost cost_of(const Count& count, std::size_t times) {
  return {each_of(count.ports(), times), each_of(count.links(), times)};
}

double spread(const std::vector<std::uint64_t>& values) {
  std::uint64_t most = 0, all = 0;
  for (const std::uint64_t value : values) {
    most = std::max(most, value);
    all += value;
  }
  const double mean = static_cast<double>(all) / static_cast<double>(values.size());
  return mean == 0 ? 0 : static_cast<double>(most) / mean;
}

template <class Payload>
void write(Mesh& mesh, const Person& from, const Person& to, std::uint64_t number,
           wire::MessageClass message_class) {
  const std::string id = "m" + std::to_string(number);
  Payload payload;
  payload.message = {message_class, {}, {}, to.name, id, "a message of usual length", {}};
  mesh.say(from.rank, from.session, payload);
}

}  // namespace

Scale measure_scale(std::size_t ranks, std::size_t users_per_rank, std::size_t messages_per_user,
                    routing::Routes routes) {
  Mesh mesh(ranks, routes);
  Chance chance(ranks);
  Scale scale;
  scale.ranks = ranks;
  scale.users = ranks * users_per_rank;
  std::vector<Person> people;
  std::vector<std::uint64_t> homes(ranks);
  for (std::size_t n = 0; n < scale.users; ++n) {
    people.push_back({"user" + std::to_string(n), chance.below(ranks), n + 1});
    mesh.add_user(people.back().name);
    ++homes[mesh.home(people.back().name)];
  }
  mesh.take_count();
  for (const Person& one : people) mesh.log_in(one.rank, one.session, one.name);
  scale.login = cost_of(mesh.take_count(), people.size());
  scale.users_spread = spread(homes);

  const std::size_t messages = scale.users * messages_per_user;
  const std::uint64_t shown = mesh.shown();
  for (std::size_t n = 0; n < messages; ++n) {
    const Person& from = people[n % people.size()];
    write<wire::Send>(mesh, from, chance.one_of(people), n, wire::MessageClass::stored);
  }
  TRUNKLINE_CHECK(mesh.shown() >= shown + messages, "every stored message is shown");
  const Count stored = mesh.take_count();
  scale.stored = cost_of(stored, messages);
  scale.send_hops = each_of(stored.links({wire::Kind::send}), messages);
  scale.answer_hops = each_of(stored.links({wire::Kind::stored, wire::Kind::refused}), messages);
  scale.deliver_hops = each_of(stored.links({wire::Kind::deliver, wire::Kind::taken}), messages);
  scale.copy_hops = each_of(stored.links({wire::Kind::copy, wire::Kind::copied}), messages);

  // Each pair writes twice, as pairs do: the first may teach a hint.
  for (std::size_t n = 0; n < messages; ++n) {
    const Person& from = people[n % people.size()];
    const Person& to = people[(n * 7 + 3) % people.size()];
    write<wire::Direct>(mesh, from, to, n, wire::MessageClass::direct);
    write<wire::Direct>(mesh, from, to, n, wire::MessageClass::direct);
  }
  scale.direct = cost_of(mesh.take_count(), 2 * messages);

  std::vector<std::uint64_t> frames;
  for (std::size_t rank = 0; rank < ranks; ++rank) {
    const auto inspection = mesh.router(rank).inspect();
    scale.bytes_per_peer = std::max(scale.bytes_per_peer, inspection.bytes_per_peer);
    scale.state_bytes_per_rank +=
        static_cast<double>(inspection.state_bytes) / static_cast<double>(ranks);
    frames.push_back(mesh.link_frames_taken(rank));
  }
  scale.frames_spread = spread(frames);
  return scale;
}

std::string markdown_of(const std::vector<Scale>& rows) {
  std::string text =
      "| ranks | users | login: port + link frames | stored: port + link frames | of these links: "
      "send, answer, deliver, copy | direct: port + link frames | bytes per peer | other state "
      "per rank | users, max/mean | link frames, max/mean |\n"
      "|---|---|---|---|---|---|---|---|---|---|\n";
  for (const Scale& row : rows) {
    char line[400];
    std::snprintf(line, sizeof line,
                  "| %zu | %zu | %.2f + %.2f | %.2f + %.2f | %.2f, %.2f, %.2f, %.2f | %.2f + %.2f "
                  "| %zu | %.0f | %.2f | %.2f |\n",
                  row.ranks, row.users, row.login.port_frames, row.login.link_frames,
                  row.stored.port_frames, row.stored.link_frames, row.send_hops, row.answer_hops,
                  row.deliver_hops, row.copy_hops, row.direct.port_frames, row.direct.link_frames,
                  row.bytes_per_peer, row.state_bytes_per_rank, row.users_spread,
                  row.frames_spread);
    text += line;
  }
  return text;
}

}  // namespace trunkline::sim
