# frozen_string_literal: true

module RabbitmqWebstomp
  # What policies and operator policies share.
  module PolicyActions
    KINDS_SINCE = '3.12.0'
    MIRRORING_GONE = '4.0.0'

    def check_policy
      pattern = new_resource.pattern
      definition = new_resource.definition
      refuse ('pattern and definition are needed' unless pattern && definition && !definition.empty?),
             (fault = pattern && Checks.pattern_fault(pattern)) && "pattern #{fault}",
             version_fault(definition || {})
    end

    def policy_definitions
      body = { 'pattern' => new_resource.pattern, 'definition' => new_resource.definition,
               'priority' => new_resource.priority, 'apply-to' => new_resource.apply_to }
      where = { 'vhost' => new_resource.vhost, 'name' => new_resource.policy }
      return { 'policies' => [where.merge(body)] } unless operator?

      { 'parameters' => [where.merge('component' => 'operator_policy', 'value' => body)] }
    end

    def clear_policy
      kind = operator? ? 'operator_policy' : 'policy'
      converge_by("delete #{kind.tr('_', ' ')} #{new_resource.policy}") do
        broker.ctl("clear_#{kind}", '--vhost', new_resource.vhost, new_resource.policy)
      end
    end

    private

    def operator?
      new_resource.resource_name == :rabbitmq_webstomp_operator_policy
    end

    def version_fault(definition)
      version = Gem::Version.new(broker.version)
      if %w(classic_queues quorum_queues streams).include?(new_resource.apply_to) && version < Gem::Version.new(KINDS_SINCE)
        return "apply_to #{new_resource.apply_to} needs RabbitMQ #{KINDS_SINCE}, #{version} runs: use queues"
      end

      mirrored = definition.keys.grep(Checks::MIRRORING)
      return if mirrored.empty? || version < Gem::Version.new(MIRRORING_GONE)

      "#{mirrored.join(', ')}: mirrored queues are gone since RabbitMQ #{MIRRORING_GONE}; use quorum queues or streams"
    end
  end
end
