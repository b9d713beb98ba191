#include "lab/waits.h"

#include <gtest/gtest.h>

namespace trunkline::lab {
namespace {

using wire::Card;
using wire::Idle;
using wire::Stage;

// Nanoseconds since it was due.
Card card(std::uint64_t id, Stage stage, std::uint64_t ns, std::uint32_t detail = 0) {
  return {id, 1'000'000 + ns, stage, 7, detail};
}

// A direct message over one rank, which slept and began its turn at `turn_ns`.
std::vector<Card> a_message(std::uint64_t id, std::uint64_t turn_ns) {
  const std::uint32_t begun = 500 - static_cast<std::uint32_t>(turn_ns);
  return {card(id, Stage::client_due, 0),
          card(id, Stage::client_send, 10),
          card(id, Stage::edge_in, 100),
          card(id, Stage::edge_decided, 150),
          card(id, Stage::edge_out, 200),
          card(id, Stage::rank_in, 500, wire::encoded({Idle::descriptor, begun})),
          card(id, Stage::rank_routed, 520),
          card(id, Stage::rank_out, 600),
          card(id, Stage::edge_back, 700),
          card(id, Stage::edge_write, 710),
          card(id, Stage::edge_written, 715),
          card(id, Stage::client_receive, 900)};
}

const WaitTable::Row* find(const std::vector<WaitTable::Row>& rows, const std::string& word) {
  for (const auto& row : rows) {
    if (word_of(row.stretch) == word) return &row;
  }
  return nullptr;
}

double sum_of(const WaitTable& table) {
  double sum = 0;
  for (const auto& row : table.rows()) {
    sum += row.times->mean() * static_cast<double>(row.times->count());
  }
  return sum;
}

TEST(Waits, StretchesAddUpToTheWhole) {
  WaitTable table;
  std::vector<Card> cards = a_message(3, 450), other = a_message(4, 400);
  cards.insert(cards.begin() + 5, other.begin(), other.end());  // as rings give them
  table.add(cards);
  EXPECT_EQ(table.messages(), 2u);
  EXPECT_EQ(table.unfinished(), 0u);
  EXPECT_EQ(sum_of(table), 2 * 900);
  EXPECT_EQ(table.end_to_end().mean(), 900);
  const auto rows = table.rows();
  for (std::size_t i = 1; i < rows.size(); ++i) {
    EXPECT_EQ(rows[i - 1].stretch.to, rows[i].stretch.from) << "in the order of the road";
  }
}

TEST(Waits, WhatLiesBeforeARanksTurnIsTheQueue) {
  WaitTable table;
  table.add(a_message(3, 450));
  const auto rows = table.rows();
  const auto* queue = find(rows, "edge_out-port_turn");
  const auto* place = find(rows, "port_turn-rank_in");
  ASSERT_TRUE(queue != nullptr && place != nullptr);
  EXPECT_EQ(queue->times->mean(), 250);
  EXPECT_EQ(place->times->mean(), 50);
  ASSERT_EQ(queue->by_idle.size(), 1u);
  EXPECT_EQ(queue->by_idle[0].first, Idle::descriptor);
  EXPECT_TRUE(place->by_idle.empty());
}

TEST(Waits, AMessageThatCameDuringTheTurnDidNotWaitForIt) {
  WaitTable table;
  table.add(a_message(3, 150));
  const auto rows = table.rows();
  EXPECT_EQ(find(rows, "edge_out-port_turn"), nullptr);
  const auto* into = find(rows, "edge_out-rank_in");
  ASSERT_NE(into, nullptr);
  EXPECT_EQ(into->times->mean(), 300);
  EXPECT_EQ(into->by_idle.size(), 1u);
}

TEST(Waits, ALostCardMakesALongerStretchAndAddsUp) {
  std::vector<Card> cards = a_message(3, 450);
  std::erase_if(cards, [](const Card& one) { return one.stage == Stage::rank_routed; });
  WaitTable table;
  table.add(cards);
  EXPECT_EQ(sum_of(table), 900);
  EXPECT_NE(find(table.rows(), "rank_in-rank_out"), nullptr);
  EXPECT_EQ(name_of(find(table.rows(), "rank_in-rank_out")->stretch), "rank_in -> rank_out");
}

TEST(Waits, WhatHasNotArrivedDoesNotCount) {
  for (const Stage missing : {Stage::client_due, Stage::client_receive}) {
    std::vector<Card> cards = a_message(3, 450);
    std::erase_if(cards, [missing](const Card& one) { return one.stage == missing; });
    WaitTable table;
    table.add(cards);
    EXPECT_EQ(table.messages(), 0u);
    EXPECT_EQ(table.unfinished(), 1u);
    EXPECT_TRUE(table.rows().empty());
  }
}

TEST(Waits, CardsOfAnotherClockAreBroughtToOurs) {
  std::vector<Card> cards = a_message(3, 450);
  for (Card& one : cards) {
    if (one.stage < Stage::edge_in || one.stage == Stage::client_receive) continue;
    if (one.stage == Stage::client_due) continue;
    one.node = 8;
    one.ns += 5'000'000'000;
  }
  WaitTable table;
  table.add(cards, [](Card& one) {
    if (one.node == 8) one.ns -= 5'000'000'000;
    return true;
  });
  EXPECT_EQ(table.messages(), 1u);
  EXPECT_EQ(sum_of(table), 900);
}

TEST(Waits, WordsAreReadAsTheyAreWritten) {
  const Stretch stretch{RoadPoint::edge_out, RoadPoint::port_turn};
  EXPECT_EQ(word_of(stretch), "edge_out-port_turn");
  EXPECT_EQ(stretch_of("edge_out-port_turn"), stretch);
  EXPECT_EQ(stretch_of("edge_out"), std::nullopt);
  EXPECT_EQ(stretch_of("edge_out-nowhere"), std::nullopt);
  EXPECT_TRUE(is_between_processes(stretch));
  EXPECT_FALSE(is_between_processes({RoadPoint::store_asked, RoadPoint::commit_begun}));
}

}  // namespace
}  // namespace trunkline::lab
