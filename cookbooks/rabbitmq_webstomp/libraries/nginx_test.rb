# frozen_string_literal: true

require 'tmpdir'

module RabbitmqWebstomp
  # Whether nginx would take a site, judged before it replaces the old one.
  class NginxTest
    def passes?(candidate)
      Dir.mktmpdir('nginx-test') do |dir|
        main = File.join(dir, 'nginx.conf')
        File.write(main, <<~NGINX)
          pid #{dir}/nginx.pid;
          events {}
          http {
              include /etc/nginx/mime.types;
              include #{candidate};
          }
        NGINX
        Cli.execute(['nginx', '-t', '-q', '-c', main], timeout: 30)
      end
      true
    rescue CliFailed => error
      Chef::Log.error("nginx would not take this site, so the old one stays: #{error.message}")
      false
    end
  end
end
