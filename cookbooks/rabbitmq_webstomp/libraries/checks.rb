# frozen_string_literal: true

module RabbitmqWebstomp
  # What several resources ask of their properties. Pure; each answers faults or nil.
  module Checks
    # Keys of a policy that no longer do anything: with them a cluster looks safer than it is.
    MIRRORING = /\Aha-/.freeze

    module_function

    # RabbitMQ finds a pattern anywhere in a name, so `hubble_flows` also means `not_hubble_flows_at_all`.
    def pattern_fault(pattern)
      return if ['', '.*'].include?(pattern)

      Regexp.new(pattern)
      return "#{pattern.inspect} is not anchored: begin it with ^, and end it with $ unless more may follow" unless pattern.start_with?('^')

      "#{pattern.inspect}: ^ binds only the first of its alternatives; put them in brackets, ^(a|b)$" if top_level_alternatives?(pattern)
    rescue RegexpError => error
      "#{pattern.inspect} is no regular expression: #{error.message}"
    end

    def top_level_alternatives?(pattern)
      depth = 0
      pattern.gsub(/\\./, '').gsub(/\[[^\]]*\]/, '').each_char.any? do |character|
        depth += { '(' => 1, ')' => -1 }.fetch(character, 0)
        character == '|' && depth.zero?
      end
    end

    # @param declared [Hash] of the definitions export
    # @param wanted [Hash] what the resource asks for, same keys
    # @return [String, nil]
    def mismatch(declared, wanted)
      different = wanted.reject { |key, value| normal(declared[key]) == normal(value) }
      return if different.empty?

      different.map { |key, value| "#{key} is #{declared[key].inspect}, not #{value.inspect}" }.join('; ')
    end

    # Definitions say numbers and symbols in several ways.
    def normal(value)
      case value
      when Hash then value.to_h { |key, item| [key.to_s, normal(item)] }.sort.to_h
      when Array then value.map { |item| normal(item) }
      when Symbol then value.to_s
      else value
      end
    end
  end
end
