/* The JSON of the protocol: one flat object per line, with texts, numbers and arrays of numbers as values. */
#pragma once

#include <map>
#include <string>
#include <vector>

class Json {
  public:
    /* Throws std::runtime_error when the line is not such an object. */
    explicit Json(const std::string &line);

    /* Each throws std::runtime_error when there is no such field of that kind. */
    const std::string &text(const std::string &name) const;
    double number(const std::string &name) const;
    const std::vector<float> &numbers(const std::string &name) const;

  private:
    std::map<std::string, std::string> texts_;
    std::map<std::string, double> numbers_;
    std::map<std::string, std::vector<float>> arrays_;
};

/* A text as a JSON string. */
std::string json_quote(const std::string &text);

/* Numbers as a JSON array. */
std::string json_array(const std::vector<float> &values);
