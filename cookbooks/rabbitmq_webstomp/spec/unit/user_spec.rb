# frozen_string_literal: true

require 'spec_helper'

describe 'rabbitmq_webstomp_user', :converge do
  let(:password) { 'a $HOME `id` "quoted" one' }

  def stored(password, **others)
    { name: 'adapter', password_hash: RabbitmqWebstomp::Password.hash(password), hashing_algorithm: 'rabbit_password_hashing_sha256',
      tags: [], limits: {}, **others }
  end

  def user
    tools.row('users', name: 'adapter')
  end

  it 'creates one, with the password nowhere on a command line' do
    secret = password
    converge do
      rabbitmq_webstomp_user 'adapter' do
        password secret
        tags %w(monitoring)
        limits 'max-connections' => 5
      end
    end
    expect(RabbitmqWebstomp::Password.match?(secret, user['password_hash'])).to be true
    expect(user).to include('tags' => %w(monitoring), 'limits' => { 'max-connections' => 5 })
    expect(tools.commands.flatten.join(' ')).not_to include('HOME', user['password_hash'])
  end

  it 'changes nothing when the broker has this password' do
    secret = password
    tools.add('users', stored(secret))
    converge { rabbitmq_webstomp_user('adapter') { password secret } }
    expect(tools.changes).to be_empty
  end

  it 'makes a rotated password take effect, and keeps the rest' do
    tools.add('users', stored('the old one', tags: %w(monitoring)))
    secret = password
    converge do
      rabbitmq_webstomp_user 'adapter' do
        password secret
        tags %w(monitoring)
      end
    end
    expect(RabbitmqWebstomp::Password.match?(secret, user['password_hash'])).to be true
    expect(user['tags']).to eq %w(monitoring)
  end

  it 'keeps the password when only tags and limits change, and takes a limit away' do
    tools.add('users', stored(password, limits: { 'max-connections' => 5, 'max-channels' => 7 }))
    before = user['password_hash']
    secret = password
    converge do
      rabbitmq_webstomp_user 'adapter' do
        password secret
        limits 'max-channels' => 8
      end
    end
    expect(user).to include('password_hash' => before, 'limits' => { 'max-channels' => 8 })
  end

  it 'takes a hash instead' do
    hash = RabbitmqWebstomp::Password.hash(password)
    converge { rabbitmq_webstomp_user('adapter') { password_hash hash } }
    expect(user['password_hash']).to eq hash
  end

  it 'deletes one, and nothing where there is none' do
    tools.add('users', stored(password))
    2.times { converge { rabbitmq_webstomp_user('adapter') { action :delete } } }
    expect(tools.changes.length).to eq 1
    expect(user).to be_nil
  end

  it 'refuses a well-known password, and says what would be right' do
    expect { converge { rabbitmq_webstomp_user('adapter') { password 'Guest' } } }.to raise_error(/password is a well-known one: make a random one/)
    expect(tools.changes).to be_empty
  end

  it 'refuses a password that is the name of its user' do
    expect { converge { rabbitmq_webstomp_user('adapter') { password 'Adapter' } } }.to raise_error(/is the name of its user/)
  end

  it 'refuses a new user without a password' do
    expect { converge { rabbitmq_webstomp_user 'adapter' } }.to raise_error(/a new user needs password or password_hash/)
  end

  it 'refuses limits that the broker does not have' do
    expect { converge { rabbitmq_webstomp_user('adapter') { limits 'max-queues' => 1 } } }
      .to raise_error(Chef::Exceptions::ValidationFailed, /max-connections and max-channels/)
  end
end
