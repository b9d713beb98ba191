#include "lab/url.h"

#include <gtest/gtest.h>

#include <stdexcept>

namespace trunkline::lab {
namespace {

TEST(Url, HasHostPortAndPath) {
  const Url url = parse_url("ws://127.0.0.1:8080/ws");
  EXPECT_FALSE(url.tls);
  EXPECT_EQ(url.host, "127.0.0.1");
  EXPECT_EQ(url.port, "8080");
  EXPECT_EQ(url.path, "/ws");
}

TEST(Url, MissingPartsAreTheScheme) {
  EXPECT_EQ(parse_url("wss://edge.example").port, "443");
  EXPECT_EQ(parse_url("http://edge.example").port, "80");
  EXPECT_EQ(parse_url("https://edge.example:1").path, "/");
}

TEST(Url, IPv6HostsStandInBrackets) {
  const Url url = parse_url("ws://[::1]:9000");
  EXPECT_EQ(url.host, "::1");
  EXPECT_EQ(url.authority(), "[::1]:9000");
}

TEST(Url, AUnixSocketHasAPath) {
  const Url url = parse_url("wss+unix:/run/edge1.sock");
  EXPECT_TRUE(url.tls);
  EXPECT_EQ(url.socket_path, "/run/edge1.sock");
  EXPECT_EQ(url.authority(), "localhost");
  EXPECT_EQ(parse_url("ws://h").socket_path, "");
  EXPECT_THROW(parse_url("ws+unix:"), std::runtime_error);
}

TEST(Url, WhatIsNoneIsRefused) {
  for (const char* text :
       {"", "127.0.0.1:8080", "ftp://a", "ws://", "ws://a:", "ws://a:b", "ws://[::1"}) {
    EXPECT_THROW((void)parse_url(text), std::runtime_error) << text;
  }
}

}  // namespace
}  // namespace trunkline::lab
