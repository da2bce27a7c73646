# frozen_string_literal: true

require 'spec_helper'

describe 'policies', :converge do
  def policy(kind, limit = 100, **others)
    converge do
      declare_resource(kind, 'subscriptions') do
        pattern others.fetch(:pattern, '^stomp-subscription-')
        definition others.fetch(:definition, 'max-length' => limit)
        apply_to others[:apply_to] if others[:apply_to]
        action others.fetch(:action, :set)
      end
    end
  end

  { rabbitmq_webstomp_policy: 'policies', rabbitmq_webstomp_operator_policy: 'parameters' }.each do |kind, section|
    describe kind.to_s do
      def definition(section)
        row = tools.row(section, name: 'subscriptions')
        (row['value'] || row)['definition']
      end

      it 'sets one' do
        policy kind
        expect(definition(section)).to eq('max-length' => 100)
      end

      it 'changes nothing the second time, also where the broker exports pairs' do
        policy kind
        if section == 'parameters'
          row = tools.row(section, name: 'subscriptions')
          row['value'] = row['value'].merge('definition' => row['value']['definition'].to_a)
        end
        before = tools.changes.length
        policy kind
        expect(tools.changes.length).to eq before
      end

      it 'changes one' do
        policy kind
        policy kind, 200
        expect(definition(section)).to eq('max-length' => 200)
      end

      it 'deletes one' do
        policy kind
        policy kind, action: :delete
        expect(tools.state[section]).to be_empty
      end

      it 'refuses a pattern that is not anchored and an empty definition' do
        expect { policy(kind, pattern: 'stomp') }.to raise_error(/pattern "stomp" is not anchored/)
        expect { policy(kind, definition: {}) }.to raise_error(/pattern and definition are needed/)
      end

      it 'refuses a kind of queue that the running version does not tell apart' do
        expect { policy(kind, apply_to: 'streams') }.to raise_error(/needs RabbitMQ 3.12.0, 3.10.8 runs: use queues/)
        tools.version = '4.0.5'
        expect { policy(kind, apply_to: 'streams') }.not_to raise_error
      end
    end
  end

  it 'refuses mirroring where it is gone' do
    tools.version = '4.0.5'
    expect { policy(:rabbitmq_webstomp_policy, definition: { 'ha-mode' => 'all' }) }.to raise_error(/mirrored queues are gone since RabbitMQ 4.0.0/)
  end
end
