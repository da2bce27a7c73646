# frozen_string_literal: true

require 'spec_helper'

describe 'exchanges, queues, streams and bindings', :converge do
  before { tools.add('vhosts', name: 'hubble') }

  describe 'rabbitmq_webstomp_exchange' do
    it 'declares one, and nothing the second time' do
      2.times { converge { rabbitmq_webstomp_exchange 'hubble_flows' } }
      expect(tools.row('exchanges', name: 'hubble_flows')).to include('vhost' => 'hubble', 'type' => 'topic', 'durable' => true)
      expect(tools.changes.length).to eq 1
    end

    it 'refuses to take the place of one of another type' do
      converge { rabbitmq_webstomp_exchange('hubble_flows') { type 'fanout' } }
      expect { converge { rabbitmq_webstomp_exchange 'hubble_flows' } }
        .to raise_error(/exists, but type is "fanout", not "topic"\. The broker cannot change that in place/)
    end

    it 'refuses a vhost that is not there' do
      expect { converge { rabbitmq_webstomp_exchange('x') { vhost 'none' } } }.to raise_error(/there is no vhost none/)
    end

    it 'deletes one, by a name that cannot be Erlang' do
      converge { rabbitmq_webstomp_exchange('x">>), halt(). %') }
      converge { rabbitmq_webstomp_exchange('x">>), halt(). %') { action :delete } }
      expect(tools.state['exchanges']).to be_empty
      expect(tools.changes.last.last).not_to include('halt')
    end
  end

  describe 'rabbitmq_webstomp_queue' do
    it 'declares one, and nothing the second time' do
      2.times { converge { rabbitmq_webstomp_queue('work') { type 'quorum' } } }
      expect(tools.row('queues', name: 'work')['arguments']).to eq('x-queue-type' => 'quorum')
      expect(tools.changes.length).to eq 1
    end

    it 'takes a classic queue that was declared with or without its type' do
      tools.add('queues', vhost: 'hubble', name: 'work', durable: true, auto_delete: false, arguments: { 'x-queue-type' => 'classic' })
      converge { rabbitmq_webstomp_queue 'work' }
      expect(tools.changes).to be_empty
    end

    it 'refuses to take the place of another kind' do
      converge { rabbitmq_webstomp_queue 'work' }
      expect { converge { rabbitmq_webstomp_queue('work') { type 'stream' } } }.to raise_error(/exists, but arguments is/)
    end

    it 'deletes one only when told that its messages go too' do
      converge { rabbitmq_webstomp_queue 'work' }
      expect { converge { rabbitmq_webstomp_queue('work') { action :delete } } }.to raise_error(/set with_data/)
      converge do
        rabbitmq_webstomp_queue 'work' do
          with_data true
          action :delete
        end
      end
      expect(tools.state['queues']).to be_empty
    end
  end

  describe 'rabbitmq_webstomp_stream' do
    def stream(age = '1h', &block)
      converge do
        rabbitmq_webstomp_stream 'hubble_history.shop' do
          max_age age
          instance_eval(&block) if block
        end
      end
    end

    it 'declares one whose limits are a policy for it alone' do
      stream
      expect(tools.row('queues', name: 'hubble_history.shop')['arguments']).to eq('x-queue-type' => 'stream')
      expect(tools.row('policies', name: 'stream hubble_history.shop'))
        .to include('pattern' => '^hubble_history\.shop$', 'definition' => include('max-age' => '1h'))
    end

    it 'changes a limit in place, and nothing the second time' do
      stream
      stream '2h'
      expect(tools.row('policies', name: 'stream hubble_history.shop')['definition']['max-age']).to eq '2h'
      before = tools.changes.length
      stream '2h'
      expect(tools.changes.length).to eq before
    end

    it 'copies a stream that was declared before this node joined to it' do
      tools.replicas['hubble_history.shop'] = %w(rabbit@other)
      stream
      expect(tools.replicas['hubble_history.shop']).to eq %w(rabbit@other rabbit@localhost)
    end

    it 'asks for the copy again where the cluster said yes and made none, as it does for a node that was forgotten just now' do
      tools.replicas['hubble_history.shop'] = %w(rabbit@other)
      tools.idle_answers = 1
      stream
      expect(tools.replicas['hubble_history.shop']).to eq %w(rabbit@other rabbit@localhost)
    end

    it 'deletes one with its policy' do
      stream
      stream do
        with_data true
        action :delete
      end
      expect(tools.state.values_at('queues', 'policies')).to eq [[], []]
    end

    it 'refuses an age that is none' do
      expect { stream 'a while' }.to raise_error(Chef::Exceptions::ValidationFailed, /max_age/)
    end
  end

  describe 'rabbitmq_webstomp_binding' do
    def bind(act = :create, from: 'hubble_flows')
      converge do
        rabbitmq_webstomp_binding 'history' do
          source from
          destination 'hubble_history'
          action act
        end
      end
    end

    before do
      tools.add('exchanges', vhost: 'hubble', name: 'hubble_flows', type: 'topic', durable: true, auto_delete: false, arguments: {})
      tools.add('queues', vhost: 'hubble', name: 'hubble_history', durable: true, auto_delete: false, arguments: {})
    end

    it 'binds, and does nothing the second time' do
      2.times { bind }
      expect(tools.row('bindings', source: 'hubble_flows')).to include('destination' => 'hubble_history', 'routing_key' => '#')
      expect(tools.changes.length).to eq 1
    end

    it 'unbinds' do
      bind
      bind :delete
      expect(tools.state['bindings']).to be_empty
    end

    it 'refuses ends that are not there' do
      expect { bind from: 'nothing' }.to raise_error(/there is no nothing in vhost hubble/)
    end
  end
end
