#include "tests/sim/world.h"

#include "tests/sim/violation.h"

namespace trunkline::sim {

namespace {

constexpr std::int64_t kQuietLookUs = 20 * kMs;
constexpr std::int64_t kSumsLookUs = 100 * kMs;
constexpr std::int64_t kQuietLimitUs = 120 * kSecond;
// A lone letter in a quiet cluster: delays of its hops, two commits, some lost rings.
constexpr std::int64_t kProbeLimitUs = 350 * kMs;
constexpr int kProbes = 3;

}  // namespace

World::World(const Plan& given, std::size_t trace_lines)
    : plan(given), chance(given.seed), trace(trace_lines), mail(*this), roads(*this) {
  links_.resize(plan.ranks * plan.ranks);
  for (std::size_t n = 0; n < plan.ranks; ++n)
    ranks.emplace_back(*this, static_cast<wire::RankId>(n));
  for (std::size_t n = 0; n < plan.edges; ++n) edges.emplace_back(*this, n);
  const wire::SlotMap slots = wire::SlotMap::fresh(plan.ranks, 0);
  for (std::size_t user = 0; user < plan.users; ++user) {
    const wire::Bytes name = user_name(user);
    wire::Account account;
    account.user = name;
    account.salt = account.stored_key = account.server_key = "0123456789abcdef";
    account.iterations = wire::kIterationsDemo;
    account.mailbox = "1";
    ranks[slots.home(name)].disk().accounts[name] = wire::encoded_account(account);
    for (std::size_t device = 0; device < plan.devices; ++device) {
      devices.emplace_back(*this, devices.size(), name, "device" + std::to_string(device));
    }
  }
}

void World::run() {
  start_job();
  for (Edge& edge : edges) edge.start();
  for (Device& device : devices) device.connect_later(500 * kMs);
  plan_load();
  plan_troubles();
  sample();
  run_until(schedule.now_us() + plan.storm_us);
  make_peace();
  wait_until_quiet(kQuietLimitUs, "after the troubles");
  // A lost last batch is noticed by the next beat.
  run_until(schedule.now_us() + 2 * wire::kBeatEveryUs);
  wait_until_quiet(kQuietLimitUs, "after the troubles");
  for (int n = 0; n < kProbes; ++n) probe();
  mail.judge_end();
  roads.judge_end();
  say_goodbye();
}

// ---- the job

void World::start_job() {
  wire::Epoch highest = 0;
  for (const Rank& rank : ranks) highest = std::max(highest, rank.disk().epoch);
  epoch_ = highest + 1;
  note("job of epoch ", epoch_, " starts");
  roads.job_started();
  for (auto& link : links_) link.clear();
  for (Rank& rank : ranks) rank.start(epoch_);
  job_up_ = true;
}

// All ranks die together. ZeroMQ keeps what was not sent yet and gives it to who binds next.
void World::kill_job(const char* why) {
  if (!job_up_) return;
  note("the job dies: ", why);
  job_up_ = false;
  for (Rank& rank : ranks) rank.die();
  for (const auto& pipe : pipes) {
    pipe->to_edge.keep_first(chance.below(pipe->to_edge.size() + 1));
    if (chance.permille(500)) pipe->to_rank.keep_first(chance.below(pipe->to_rank.size() + 1));
  }
  schedule.after(chance.between(50 * kMs, at_peace_ ? kSecond : 4 * kSecond),
                 [this] { start_job(); });
}

void World::ring(wire::RankId to) {
  if (chance.permille(plan.lost_rings_permille)) return;
  schedule.after(delay(plan.link_us_max), [this, to] { ranks[to].poke(); });
}

// ---- load

void World::plan_load() {
  const auto at_some_time = [this](auto act) { schedule.after(chance.below(plan.storm_us), act); };
  const auto some_device = [this]() -> Device& { return devices[chance.below(devices.size())]; };
  for (std::size_t n = 0; n < plan.letters; ++n) {
    at_some_time([this, &device = some_device()] {
      device.write(chance.permille(30) ? "nobody" : friend_of(device));
    });
  }
  at_some_time([this, &device = some_device()] {
    for (std::size_t n = 0; n < plan.burst; ++n) device.write(friend_of(device));
  });
  for (std::size_t n = 0; n < plan.directs; ++n) {
    at_some_time([this, &device = some_device()] {
      device.write_direct(user_name(chance.below(plan.users)));
    });
  }
  for (std::size_t n = 0; n < plan.histories; ++n) {
    at_some_time([&device = some_device()] { device.ask_history(); });
  }
}

// One friend of each device gets what the plan says; the rest goes to anybody, oneself among them.
wire::Bytes World::friend_of(const Device& device) {
  if (chance.permille(plan.favourites_permille)) return user_name(device.number() % plan.users);
  return user_name(chance.below(plan.users));
}

// ---- peace

void World::make_peace() {
  note("peace");
  at_peace_ = true;
  peace_since_us_ = schedule.now_us();
  for (Rank& rank : ranks) {
    rank.set_slow_until(0);
    rank.set_full(false);
    rank.go_on();
  }
  for (Edge& edge : edges) {
    if (!edge.alive()) edge.start();
    edge.go_on();
  }
  for (Device& device : devices) device.read_on();
  for (const auto& pipe : pipes) pipe->loses_to_rank = pipe->loses_to_edge = 0;
}

void World::run_until(std::int64_t time_us) {
  while (schedule.step(time_us)) {
  }
}

bool World::is_quiet() {
  if (!job_up_ || unfinished_ > 0) return false;
  for (const Device& device : devices) {
    if (!device.online() || !device.idle()) return false;
    if (device.cursor() != mail.head(device.user())) return false;
  }
  for (const Edge& edge : edges) {
    const edge::Gateway& gateway = edge.gateway();
    if (!gateway.port_up() || gateway.epoch() != epoch_ || gateway.counters().held > 0)
      return false;
  }
  for (const Rank& rank : ranks) {
    if (rank.router().inspect().queued > 0) return false;
  }
  return mail.is_copied();
}

void World::wait_until_quiet(std::int64_t limit_us, const char* when) {
  const std::int64_t limit = schedule.now_us() + limit_us;
  while (schedule.now_us() < limit) {
    run_until(std::min(limit, schedule.now_us() + kQuietLookUs));
    if (is_quiet()) return;
  }
  for (const Device& device : devices) {
    note(device.user(), "/", device.name(), device.online() ? " online" : " offline",
         device.idle() ? "" : " unanswered", " cursor ", device.cursor(), " of ",
         mail.head(device.user()));
  }
  roads.judge_end();
  throw Violation{"quiet", std::string("not quiet ") + when};
}

// One letter from one device, when every rank may be asleep.
void World::probe() {
  run_until(schedule.now_us() + chance.between(300 * kMs, 1500 * kMs));
  note("probe");
  devices[chance.below(devices.size())].write(user_name(chance.below(plan.users)));
  wait_until_quiet(kProbeLimitUs, "soon after a lone letter");

  // A direct message reaches every device of its receiver once, by whatever route.
  const wire::Bytes to = user_name(chance.below(plan.users));
  const std::uint64_t serial = devices[chance.below(devices.size())].write_direct(to);
  run_until(schedule.now_us() + kProbeLimitUs);
  mail.judge_direct(serial, plan.devices);
}

// One device leaves as it should, and is not registered any more.
void World::say_goodbye() {
  Device& leaver = devices[chance.below(devices.size())];
  leaver.say_bye();
  run_until(schedule.now_us() + kProbeLimitUs);
  if (leaver.online()) throw Violation{"client", "`bye` does not close"};
  roads.judge_end();
}

void World::sample() {
  roads.judge_sums();
  std::erase_if(pipes, [](const auto& pipe) { return !pipe->open && pipe->to_rank.empty(); });
  schedule.after(kSumsLookUs, [this] { sample(); });
}

}  // namespace trunkline::sim
